-- forget.lua: removes an article. KEYS[2] P:n:<collection>:<id>, KEYS[3] its verdict.
-- ARGV: prefix, slice, seconds to keep. Returns the numbers that died; none if it was not there.
local known = call('GET', KEYS[2])
if not known then
  return {}
end
local dead = {}
local newest, rest = string.match(known, '^(%d+) %x+( .*)$')
for n in string.gmatch(newest .. rest, '%d+') do
  if n ~= '0' then
    drop(n, ARGV[2], ARGV[3])
    dead[#dead + 1] = n
  end
end
call('DEL', KEYS[2], KEYS[3])
return dead
