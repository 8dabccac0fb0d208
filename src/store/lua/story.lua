-- story.lua: what is known of story ARGV[2]: its number now, origin, members, outlets, then the
-- members that are listed, in order of number. Nothing if there is no such story.
local story, origin, made = follow(ARGV[2])
local place = place_of(story)
if not made then
  if not is_decided(place) then
    return {}
  end
  return { story, origin, '1', '1', story }
end
local h = call('HMGET', P .. ':s:' .. story, 'members', 'outlets')
local out, numbers = { story, origin, h[1], h[2] }, {}
for _, member in ipairs(members_of(story)) do
  local n = number_of(member)
  if is_decided(place_of(n)) then
    numbers[#numbers + 1] = n
  end
end
table.sort(numbers, function(a, b) return tonumber(a) < tonumber(b) end)
for _, n in ipairs(numbers) do
  out[#out + 1] = n
end
return out
