-- common.lua: places and stories, as every script of the Redis store sees them. Each script is this
-- file followed by its own; docs/redis.md describes the keys.
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
local LISTED_MAX = 4096 -- members of a story that are listed; all are counted

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

local function keep(ttl, ...)
  if ttl ~= '0' then
    for _, key in ipairs({ ... }) do
      call('EXPIRE', key, ttl)
    end
  end
end

local function keep_story(story, ttl)
  keep(ttl, P .. ':s:' .. story, P .. ':sm:' .. story, P .. ':so:' .. story, P .. ':al:' .. story)
end

-- Members are listed in the order in which one is earlier: effective time, arrival, number.
local function member_key(n, place)
  return string.format('%016.0f%012.0f', place[ARRIVED], tonumber(n))
end

local function number_of(member)
  return text_of(tonumber(string.sub(member, 17)))
end

local function add_member(story, n, place)
  local s = P .. ':s:' .. story
  if call('HINCRBY', s, 'members', 1) <= LISTED_MAX then
    call('ZADD', P .. ':sm:' .. story, text_of(place[EFFECTIVE]), member_key(n, place))
  end
  if call('HINCRBY', P .. ':so:' .. story, place[OUTLET], 1) == 1 then
    call('HINCRBY', s, 'outlets', 1)
  end
end

local function members_of(story)
  return call('ZRANGE', P .. ':sm:' .. story, 0, -1)
end

-- Gives a story of one article its record.
local function make(story, about, ttl)
  local place = place_of(story)
  call('HSET', P .. ':s:' .. story, 'origin', story, 'members', 0, 'outlets', 0, 'about', about)
  if is_decided(place) and place[STORY] == story then
    add_member(story, story, place)
  elseif not place then
    mark(story, JOINED, ttl)
  end
end

-- The earliest member that is left takes the place of an origin that is dead.
local function mend(story)
  for _, member in ipairs(members_of(story)) do
    local n = number_of(member)
    if is_decided(place_of(n)) then
      call('HSET', P .. ':s:' .. story, 'origin', n)
      return
    end
  end
end

local function leave(story, n, place)
  local s = P .. ':s:' .. story
  call('ZREM', P .. ':sm:' .. story, member_key(n, place))
  if call('HINCRBY', P .. ':so:' .. story, place[OUTLET], -1) <= 0 then
    call('HDEL', P .. ':so:' .. story, place[OUTLET])
    call('HINCRBY', s, 'outlets', -1)
  end
  if call('HINCRBY', s, 'members', -1) <= 0 then
    call('DEL', s, P .. ':sm:' .. story, P .. ':so:' .. story, P .. ':al:' .. story)
  elseif call('HGET', s, 'origin') == n then
    mend(story)
  end
end

-- Counters of the slice of the window that `slice` names.
local function count(what, slice, by)
  call('HINCRBY', P .. ':count', what .. slice, by)
end

-- Article n is dead from now on. What looks for it finds a place that says so.
local function drop(n, slice, ttl)
  local place = place_of(n)
  if is_decided(place) then
    local story, _, made = follow(place[STORY])
    if made then
      leave(story, n, place)
    end
    count('a', slice, -1)
    if place[COPY] == 1 then
      count('c', slice, -1)
    end
  end
  put_place(n, { '0', 0, 0, 0, 0, NOBODY, 0 }, ttl)
end
