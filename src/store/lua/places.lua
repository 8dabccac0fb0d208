-- places.lua: where articles stand. Nearly every script begins with this file; docs/redis.md
-- describes the keys. A script makes its functions anew at each call (20 us for all of this and
-- stories.lua), so that each is given no more than it needs: see REDIS_SCRIPTS.
--
-- KEYS[1] is a key of the queue, so that a cluster sends the script where all of them are.
-- ARGV[1] is the prefix P. Numbers travel as strings: they are names here, and 64 bits elsewhere.
--
-- An article has a place once it is committed; a dead one's says story '0'. Without a place it is
-- undecided, and stands in the story that it would begin: its own number. What others have to do
-- with it before it is decided is marked there all the same, so that its own commit, which nearly
-- always finds nothing, looks at one thing only. Places are 40 bytes each, 64 to a key
-- (P:p:<n / 64>), which saves the hundred bytes that a key of its own would cost.
-- A story of one article has no record (P:s:<story>): it is made when somebody joins.
local P = ARGV[1]
local call = redis.call

local STORY, SHARE, COPY, EFFECTIVE, ARRIVED, OUTLET, TEXT = 1, 2, 3, 4, 5, 6, 7
local PLACE, PLACE_BYTES, PLACES = '>I4fBBI2i8i8c8I4', 40, 64
local DECIDED, DEAD = 1, 2
-- Marks of what is undecided: P:late says who met it; its story has a record, for somebody joined;
-- its id has, or had, another version.
local LATE, JOINED, VERSIONS = 1, 2, 4
local NOBODY = string.rep('\0', 8)

local function text_of(number)
  return string.format('%.0f', number)
end

local function place_at(n)
  local number = tonumber(n)
  return P .. ':p:' .. text_of(math.floor(number / PLACES)), number % PLACES * PLACE_BYTES
end

-- The place, or nil and the marks.
local function place_of(n)
  local key, at = place_at(n)
  local v = call('GETRANGE', key, at, at + PLACE_BYTES - 1)
  if #v < PLACE_BYTES then
    return nil, 0
  end
  local story, share, state, copy, marks, effective, arrived, outlet, text = struct.unpack(PLACE, v)
  if state == 0 then
    return nil, marks
  end
  return { state == DEAD and '0' or text_of(story), share, copy, effective, arrived, outlet, text }, 0
end

-- `ttl` is needed where the key may be new.
local function write_place(n, bytes, ttl)
  local key, at = place_at(n)
  if call('SETRANGE', key, at, bytes) <= PLACES * PLACE_BYTES then
    -- A new key is made whole, and a byte longer, by which it is known: what grows bit by bit takes
    -- twice the room.
    local whole = string.rep('\0', at) .. bytes ..
      string.rep('\0', PLACES * PLACE_BYTES - at - PLACE_BYTES + 1)
    if ttl == '0' then
      call('SET', key, whole)
    else
      call('SET', key, whole, 'EX', text_of((tonumber(ttl) or 0) + 86400))
    end
  end
end

local function put_place(n, place, ttl)
  write_place(n, struct.pack(PLACE, tonumber(place[STORY]), place[SHARE],
    place[STORY] == '0' and DEAD or DECIDED, place[COPY], 0, place[EFFECTIVE], place[ARRIVED],
    place[OUTLET], place[TEXT]), ttl)
end

-- Marks an article that is not decided.
local function mark(n, with, ttl)
  local place, marks = place_of(n)
  if not place and math.floor(marks / with) % 2 == 0 then
    write_place(n, struct.pack(PLACE, 0, 0, 0, 0, marks + with, 0, 0, NOBODY, 0), ttl)
  end
end

local function is_decided(place)
  return place ~= nil and place[STORY] ~= '0'
end

-- The story that `story` is now, its origin, and whether it has a record.
local function follow(story)
  for _ = 1, 64 do
    local h = call('HMGET', P .. ':s:' .. story, 'into', 'origin')
    if h[1] then
      story = h[1]
    elseif h[2] then
      return story, h[2], true
    else
      local place = place_of(story)
      if not is_decided(place) or place[STORY] == story then
        return story, story, false
      end
      story = place[STORY]
    end
  end
  return story, story, false
end

-- Where article n stands: story, origin, place.
local function stand(n)
  local place = place_of(n)
  local story, origin = follow(is_decided(place) and place[STORY] or n)
  return story, origin, place
end
