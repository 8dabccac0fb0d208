-- furniture.lua: paragraphs of outlets were seen in stories. A paragraph that was seen in enough
-- different stories is furniture of its outlet, for good.
--
-- P:f:<collection>:<outlet>  paragraph (8 bytes) -> the stories it was seen in, as text
-- P:fs:<collection>:<outlet> the paragraphs that are furniture, 8 bytes each
-- P:fo                       outlets by when they were last seen
--
-- ARGV: prefix, collection, stories needed, paragraphs an outlet, outlets, seconds to keep, now in
-- seconds, then outlet, paragraph, story of each sighting.
local needed, most, outlets = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local ttl, now = ARGV[6], ARGV[7]

-- Known stories that have become one count once.
local function stories_of(text)
  local list, seen = {}, {}
  for s in string.gmatch(text or '', '%d+') do
    local is = follow(s)
    if not seen[is] then
      seen[is] = true
      list[#list + 1] = is
    end
  end
  return list, seen
end

-- An outlet at its limit loses an eighth of its paragraphs, those seen least first.
local function make_room(key)
  if call('HLEN', key) < most then
    return
  end
  local all, once = call('HGETALL', key), {}
  for i = 1, #all, 2 do
    local _, commas = string.gsub(all[i + 1], ',', '')
    once[#once + 1] = { all[i + 1] == 'furniture' and needed or commas, all[i] }
  end
  table.sort(once, function(a, b)
    return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2])
  end)
  for i = 1, math.ceil(most / 8) do
    if once[i][1] < needed then -- what is furniture stays
      call('HDEL', key, once[i][2])
    end
  end
end

for i = 8, #ARGV, 3 do
  local name = ARGV[2] .. ':' .. ARGV[i]
  local key, set, paragraph = P .. ':f:' .. name, P .. ':fs:' .. name, ARGV[i + 1]
  local text = call('HGET', key, paragraph)
  local list, seen = stories_of(text)
  local story = follow(ARGV[i + 2])
  if text ~= 'furniture' and not seen[story] then
    list[#list + 1] = story
    if not text then
      make_room(key)
    end
    if #list >= needed then
      local known = call('GET', set) or ''
      if #known < most * 8 then
        call('APPEND', set, paragraph)
      end
      call('HSET', key, paragraph, 'furniture')
    else
      call('HSET', key, paragraph, table.concat(list, ','))
    end
    keep(ttl, key, set)
    call('ZADD', P .. ':fo', now, name)
  end
end
local surplus = call('ZCARD', P .. ':fo') - outlets
if surplus > 0 then
  for _, name in ipairs(call('ZRANGE', P .. ':fo', 0, surplus + math.floor(outlets / 64) - 1)) do
    call('DEL', P .. ':f:' .. name, P .. ':fs:' .. name)
    call('ZREM', P .. ':fo', name)
  end
end
return 1
