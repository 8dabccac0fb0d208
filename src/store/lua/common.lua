-- common.lua: places and stories, as every script of the Redis store sees them. Each script is this
-- file followed by its own; docs/redis.md describes the keys.
--
-- KEYS[1] is a key of the queue, so that a cluster sends the script where all of them are.
-- ARGV[1] is the prefix P. Numbers travel as strings: they are names here, and 64 bits elsewhere.
--
-- A place (P:p:<n>) is there once article n is committed; a dead one's says story '0'. Without a
-- place the article is undecided, and stands in the story that it would begin: its own number.
-- A story of one article has no record (P:s:<story>): it is made when somebody joins.
local P = ARGV[1]
local call = redis.call

local STORY, SHARE, COPY, EFFECTIVE, ARRIVED, OUTLET = 1, 2, 3, 4, 5, 6
local LISTED_MAX = 4096 -- members of a story that are listed; all are counted

local function place_of(n)
  local v = call('GET', P .. ':p:' .. n)
  return v and cmsgpack.unpack(v) or nil
end

local function put_place(n, place, ttl)
  local v = cmsgpack.pack(place)
  if ttl == '0' then
    call('SET', P .. ':p:' .. n, v)
  elseif ttl then
    call('SET', P .. ':p:' .. n, v, 'EX', ttl)
  else
    call('SET', P .. ':p:' .. n, v, 'KEEPTTL')
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
  return string.format('%16s%12s', place[ARRIVED], n)
end

local function number_of(member)
  return (string.gsub(string.sub(member, 17), ' ', ''))
end

local function add_member(story, n, place)
  local s = P .. ':s:' .. story
  if call('HINCRBY', s, 'members', 1) <= LISTED_MAX then
    call('ZADD', P .. ':sm:' .. story, place[EFFECTIVE], member_key(n, place))
  end
  if call('HINCRBY', P .. ':so:' .. story, place[OUTLET], 1) == 1 then
    call('HINCRBY', s, 'outlets', 1)
  end
end

local function members_of(story)
  return call('ZRANGE', P .. ':sm:' .. story, 0, -1)
end

-- Gives a story of one article its record.
local function make(story, about)
  local place = place_of(story)
  call('HSET', P .. ':s:' .. story, 'origin', story, 'members', 0, 'outlets', 0, 'about', about)
  if is_decided(place) and place[STORY] == story then
    add_member(story, story, place)
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
local function drop(n, slice)
  local place = place_of(n)
  if is_decided(place) then
    local story, _, made = follow(place[STORY])
    if made then
      leave(story, n, place)
    end
    count('a', slice, -1)
    count('t', slice, -(tonumber(place[7]) or 0))
    if place[COPY] == 1 then
      count('c', slice, -1)
    end
  end
  call('SET', P .. ':p:' .. n, cmsgpack.pack({ '0', 0, 0, '0', '0', '' }), 'EX', 86400)
end
