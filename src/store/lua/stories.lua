-- stories.lua: how stories change; behind places.lua in the scripts that change them.
local LISTED_MAX = 4096 -- members of a story that are listed; all are counted

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

-- Returns how many there are with it.
local function add_member(story, n, place)
  local s = P .. ':s:' .. story
  local members = call('HINCRBY', s, 'members', 1)
  if members <= LISTED_MAX then
    call('ZADD', P .. ':sm:' .. story, text_of(place[EFFECTIVE]), member_key(n, place))
  end
  if call('HINCRBY', P .. ':so:' .. story, place[OUTLET], 1) == 1 then
    call('HINCRBY', s, 'outlets', 1)
  end
  return members
end

local function count_of_members(story)
  return tonumber(call('HGET', P .. ':s:' .. story, 'members') or 0)
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

-- The earliest member takes the place of an origin that is dead, or a copy.
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
    if not place_of(story) then -- its own article is still to come, and inherits the alerts
      return
    end
    call('DEL', s, P .. ':sm:' .. story, P .. ':so:' .. story, P .. ':al:' .. story)
  elseif call('HGET', s, 'origin') == n then
    mend(story)
  end
end

-- Counters of the slice of the window that `slice` names: a articles, c copies, j of the articles
-- those that have others before them in their story, so that a - j are stories, whoever of a story
-- is decided first, dies, or is merged into another.
local function count(what, slice, by)
  call('HINCRBY', P .. ':count', what .. slice, by)
end

-- Article n is dead from now on. What looks for it finds a place that says so.
local function drop(n, slice, ttl)
  local place = place_of(n)
  if is_decided(place) then
    local story, _, made = follow(place[STORY])
    if made then
      if count_of_members(story) > 1 then
        count('j', slice, -1)
      end
      leave(story, n, place)
    end
    count('a', slice, -1)
    if place[COPY] == 1 then
      count('c', slice, -1)
    end
  end
  put_place(n, { '0', 0, 0, 0, 0, NOBODY, 0 }, ttl)
end
