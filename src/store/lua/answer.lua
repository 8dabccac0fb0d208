-- answer.lua: a verdict that was given before is given again, for another queue entry.
-- KEYS: articles, verdicts. ARGV: prefix, group, entry, keep_entry, cap, id, verdict.
-- Returns 1, or 0 when somebody else answered the entry.
local call = redis.call
if call('XACK', KEYS[1], ARGV[2], ARGV[3]) == 0 then
  return 0
end
call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'id', ARGV[6], 'verdict', ARGV[7])
if ARGV[4] == '0' then
  call('XDEL', KEYS[1], ARGV[3])
end
return 1
