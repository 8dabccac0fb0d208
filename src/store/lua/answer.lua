-- answer.lua: a verdict that was given before is given again, for another queue entry.
-- KEYS: articles, verdicts. ARGV: prefix, group, entry, keep_entry, cap, id, verdict.
-- Returns 1, or 0 when somebody else answered the entry.
local call = redis.call
call('XACK', KEYS[1], ARGV[2], '0-0') -- the order is that of commit.lua
if not call('XPENDING', KEYS[1], ARGV[2], ARGV[3], ARGV[3], 1)[1] then
  return 0
end
call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'id', ARGV[6], 'verdict', ARGV[7])
call('XACK', KEYS[1], ARGV[2], ARGV[3])
if ARGV[4] == '0' then
  call('XDEL', KEYS[1], ARGV[3])
end
return 1
