-- place.lua: where article ARGV[2] stands: story, origin, share, copy (0 or 1), state ('decided',
-- 'undecided', 'dead'). Reads only.
local story, origin, place = stand(ARGV[2])
if not place then
  return { story, origin, '1', 0, 'undecided' }
elseif place[STORY] == '0' then
  return { '0', '0', '0', 0, 'dead' }
end
return { story, origin, tostring(place[SHARE]), place[COPY], 'decided' }
