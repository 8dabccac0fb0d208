-- number.lua: the number of an article: that of its id and content, if they have one.
-- KEYS[2] P:n:<collection>:<id>, which holds "number content replaced [number ...]": the number of
-- the newest version, the hash of its content, the older version that is decided, and those that
-- were not when a newer one came.
-- ARGV: prefix, number to give, content hash, seconds to keep it (0: for ever), 1 for an article of
-- the queue.
-- Returns the number, and the one that it replaces or '0'.
-- (The first version of an id takes its number by SET NX; this is for all others.)
if ARGV[5] == '1' then -- its queue entry goes in the end, which makes room: see block.lua
  redis.call('HDEL', P .. ':meta', '-')
end
local PENDING = 80 -- bytes of numbers that are kept
local known = call('GET', KEYS[2])
local replaced, pending = '0', ''
local ttl = ARGV[4]
if known then
  local n, content, older, undecided = string.match(known, '^(%d+) (%x+) (%d+)(.*)$')
  if content == ARGV[3] then
    return { n, older }
  end
  if is_decided(place_of(n)) then
    replaced = n
  else
    replaced = older
    pending = undecided .. ' ' .. n
    mark(n, VERSIONS, ttl)
  end
end
if #pending > PENDING then
  pending = string.match(string.sub(pending, -PENDING), ' .*') or ''
end
local value = ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. replaced .. pending
if ttl == '0' then
  call('SET', KEYS[2], value)
else
  call('SET', KEYS[2], value, 'EX', ttl)
end
if known then -- also an older one that is still being decided may have to go in the end
  mark(ARGV[2], VERSIONS, ttl)
end
return { ARGV[2], replaced }
