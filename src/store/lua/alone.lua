-- alone.lua: the decision about an article that has nothing in common with anything and that nobody
-- has met: nine of ten. What commit.lua would do with it, with half the work for the server.
--
-- KEYS: articles, verdicts, stories, P:verdict:<collection>:<id>, P:p:<n / 64>, P:count
-- ARGV: group, entry, finish (as there), cap, id, verdict, seconds to keep, where its place is in the key,
-- the place, field of the counter, n, event. Places: see places.lua.
-- Returns 'ok', or 'gone' as commit.lua does, or 'met': somebody has met it, and nothing was done.
local call = redis.call
local PLACE_KEY = 2560 -- bytes of a key of places
local group, entry, finish, cap, id, verdict, ttl, at, place, counter, n, event = unpack(ARGV)
at = tonumber(at)
local whole = at + #place
local there = call('GETRANGE', KEYS[5], at, whole - 1)
if there ~= '' and string.find(there, '[^%z]') then
  return { 'met' }
end
for i = 2, 3 do
  local is_a = call('TYPE', KEYS[i]).ok
  if is_a ~= 'stream' and is_a ~= 'none' then
    return redis.error_reply('TRYAGAIN ' .. KEYS[i] .. ' is a ' .. is_a .. ', not a stream')
  end
end
if entry ~= '' then -- the order is that of commit.lua
  call('XACK', KEYS[1], group, '0-0')
  if not call('XPENDING', KEYS[1], group, entry, entry, 1)[1] then
    return { 'gone' }
  end
end
if finish ~= '0' then
  call('XADD', KEYS[2], 'MAXLEN', '~', cap, '*', 'id', id, 'verdict', verdict)
end
if entry ~= '' then
  call('XACK', KEYS[1], group, entry)
end
if finish == '2' then
  call('XDEL', KEYS[1], entry)
end
if call('SETRANGE', KEYS[5], at, place) <= PLACE_KEY then
  place = string.rep('\0', at) .. place .. string.rep('\0', PLACE_KEY - whole + 1)
  if ttl == '0' then
    call('SET', KEYS[5], place)
  else
    call('SET', KEYS[5], place, 'EX', ttl + 86400)
  end
end
if ttl == '0' then
  call('SET', KEYS[4], verdict)
else
  call('SET', KEYS[4], verdict, 'EX', ttl)
end
call('HINCRBY', KEYS[6], counter, 1)
call('XADD', KEYS[3], 'MAXLEN', '~', cap, '*', 'story', n, 'event', event)
return { 'ok', n, {}, {} }
