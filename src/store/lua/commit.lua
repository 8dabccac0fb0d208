-- commit.lua: the decision about one article, whole or not at all.
--
-- Nothing is written unless the queue entry is pending, and it is acknowledged here: so an entry has
-- one verdict, whoever dies when. The verdict is written first and acknowledged then, for a stream of
-- another type, or a right that is missing, must not cost the entry. (An XACK of nothing goes before:
-- the memory limit is looked at before a script's first write, and this one needs no memory.)
--
--   stale   an article that was compared with stands elsewhere by now, or one that took this one
--           into account was not itself taken into account: decide again
--   version an older version of this id was decided meanwhile, or others have joined the story that
--           one would begin that is not decided: decide again, as its successor
--   done    this article was committed before: its verdict
--   gone    the entry was answered by somebody else
--   ok      story, alerts that were claimed (0 or 1 each), numbers that died
--
-- `finish`: 0 nobody is told the verdict (an archive is imported), 1 it goes to the stream (an article
-- that came by HTTP, or an entry that others read as well), 2 and its queue entry is deleted.
--
-- KEYS: articles, verdicts, alerts, stories, P:n:<collection>:<id>, P:verdict:<collection>:<id>
local group, entry, finish, cap, n, id, verdict, ttl, slice, story, share, copy, effective,
  arrived, outlet, text_bytes, about, about_origin, now, new_origin, origin_share, insist, floor,
  replaces, overtakes = unpack(ARGV, 2, 26)
local mine, marks = place_of(n)

local function publish(key, ...)
  call('XADD', key, 'MAXLEN', '~', cap, '*', ...)
end

local function publish_event(event, of, about_it, members, outlets, into)
  publish(KEYS[4], 'story', of, 'event', '{"v":1,"story":"' .. of .. '","event":"' .. event ..
    '","origin":' .. about_it .. ',"members":' .. members .. ',"outlets":' .. outlets ..
    (into and ',"into":"' .. into .. '"' or '') .. ',"at":"' .. now .. '"}')
end

local function is_answered()
  call('XACK', KEYS[1], group, '0-0')
  return not call('XPENDING', KEYS[1], group, entry, entry, 1)[1]
end

local function end_entry()
  if finish ~= '0' then
    publish(KEYS[2], 'id', id, 'verdict', verdict)
  end
  if entry ~= '' then
    call('XACK', KEYS[1], group, entry)
  end
  if finish == '2' then
    call('XDEL', KEYS[1], entry)
  end
end

local function keep_verdict()
  if ttl == '0' then
    call('SET', KEYS[6], verdict)
  else
    call('SET', KEYS[6], verdict, 'EX', ttl)
  end
end

local at = 26
local function take_list(width)
  local list = {}
  at = at + 1
  for i = 1, tonumber(ARGV[at]) do
    local row = {}
    for k = 1, width do
      row[k] = ARGV[at + k]
    end
    at = at + width
    list[i] = width == 1 and row[1] or row
  end
  return list
end
local seen, later, merges = take_list(3), take_list(1), take_list(2)
local became_copy, alerts = take_list(1), take_list(4)
local late_key = P .. ':late:' .. n
local late = marks % 2 == 1 and call('SMEMBERS', late_key) or {}

local function is_version(m)
  return m == replaces or m == overtakes
end

-- Who joined the story of a version that this one replaces, after this one asked who is like it.
-- (Of a story with more members it has met one, or has nothing to do with them.)
local FEW = 8
local function add_members(changed, known, of)
  local into = follow(story)
  if of ~= into and count_of_members(of) <= FEW then
    for _, member in ipairs(members_of(of)) do
      local m = number_of(member)
      if m ~= n and not is_version(m) and not known[m] then
        changed[#changed + 1] = m
      end
    end
  end
end

local function find_changed()
  local changed, known = { 'stale' }, {}
  for _, s in ipairs(seen) do
    known[s[1]] = true
    if s[2] ~= '0' then
      local is_story, is_origin, place = stand(s[1])
      if is_story ~= s[2] or is_origin ~= s[3] or place and not is_decided(place) then
        changed[#changed + 1] = s[1]
      end
    end
  end
  for _, m in ipairs(late) do
    if not known[m] then
      known[m] = true
      changed[#changed + 1] = m
    end
  end
  for _, version in ipairs({ replaces, overtakes }) do
    local place = version ~= '0' and place_of(version)
    local of, origin, made = follow(place and is_decided(place) and place[STORY] or version)
    if made and origin == version then
      add_members(changed, known, of)
    end
  end
  return changed
end

if is_decided(mine) then
  local given = call('GET', KEYS[6])
  if not given then -- somebody has deleted it
    if entry ~= '' then
      call('XACK', KEYS[1], group, '0-0') -- see the head
    end
    keep_verdict()
  end
  return { 'done', given or verdict }
end
for i = 2, 4 do -- or the article would have its verdict, and never its alert
  local is_a = call('TYPE', KEYS[i]).ok
  if is_a ~= 'stream' and is_a ~= 'none' then
    return redis.error_reply('TRYAGAIN ' .. KEYS[i] .. ' is a ' .. is_a .. ', not a stream')
  end
end
local newest, content, older, pending = n, nil, '0', ''
if marks >= VERSIONS then
  local known = call('GET', KEYS[5])
  local n1, hash, n2, rest = string.match(known or '', '^(%d+) (%x+) (%d+)(.*)$')
  if n1 then
    newest, content, older, pending = n1, hash, n2, rest
  end
end

-- Is a newer version decided? Those in `pending` stand in the order in which they came.
local function is_overtaken()
  if newest ~= n and is_decided(place_of(newest)) then
    return true
  end
  local passed = false
  for m in string.gmatch(pending, '%d+') do
    if passed and m == older then
      return true
    end
    passed = passed or m == n
  end
  return false
end

if insist == '0' then
  local counts = not is_overtaken()
  if counts and older ~= '0' and not is_version(older) then
    return { 'version', older }
  end
  for m in string.gmatch(counts and pending or '', '%d+') do
    if m == n then
      break -- the rest are newer
    end
    local has_room = replaces == '0' or overtakes == '0' -- or one would drive out the other for ever
    if has_room and not is_version(m) and not place_of(m) and call('EXISTS', P .. ':s:' .. m) == 1 then
      return { 'version', m }
    end
  end
  local changed = find_changed()
  if #changed > 1 then
    return changed
  end
end
if entry ~= '' and is_answered() then
  -- An answered entry that a slow worker took up again: the id is that of the version before.
  local decided = newest == n and older ~= '0' and
    string.match(call('GET', KEYS[6]) or '', '"content_hash":"(%x+)"')
  if decided then
    call('SET', KEYS[5], older .. ' ' .. decided .. ' 0', 'KEEPTTL')
    drop(n, slice, ttl)
  end
  return { 'gone' }
end
end_entry() -- first, so that no error further on could lose the verdict

local function tell(event, of, about_it, into)
  local s = call('HMGET', P .. ':s:' .. (into or of), 'members', 'outlets')
  publish_event(event, of, about_it, s[1] or 1, s[2] or 1, into)
end

-- What died: the caller removes their records, which may lie on other servers.
local dead = {}
local function die(number)
  drop(number, slice, ttl)
  dead[#dead + 1] = number
end

-- An older version that is not decided yet: its decision comes too late. Who joined the story that
-- it would have begun was looked at.
local function supersede(m)
  if not place_of(m) then
    put_place(m, { '0', 0, 0, 0, 0, NOBODY, 0 }, ttl)
    if call('HGET', P .. ':s:' .. m, 'origin') == m and follow(story) ~= m then
      mend(m)
    end
  end
end

-- The id's newest version is the one that counts. Others die when this one has its place, so that a
-- story does not end in between.
local is_history = mine ~= nil -- forgotten meanwhile
local survived = '0'
if content and not is_history then
  if newest == n then
    survived = older
    if older ~= '0' or pending ~= '' then
      call('SET', KEYS[5], n .. ' ' .. content .. ' 0', 'KEEPTTL')
    end
    for m in string.gmatch(pending, '%d+') do
      supersede(m)
    end
  elseif is_overtaken() then
    is_history = true
  else -- the newer one is still being decided: this one dies with its commit
    survived = older
    call('SET', KEYS[5], newest .. ' ' .. content .. ' ' .. n .. pending, 'KEEPTTL')
  end
end

local function fade(of, by)
  by = tonumber(by)
  if by <= 0 or by >= 1 then
    return
  end
  for _, member in ipairs(members_of(of)) do
    local m = number_of(member)
    local place = place_of(m)
    if is_decided(place) and place[SHARE] >= 0.1 then
      place[SHARE] = place[SHARE] * by
      put_place(m, place)
    end
  end
end

-- What is not decided yet will be told to look at article `of`.
local function tell_late(undecided, of)
  if undecided ~= of and not place_of(undecided) then
    call('SADD', P .. ':late:' .. undecided, of)
    call('EXPIRE', P .. ':late:' .. undecided, 86400)
    mark(undecided, LATE, ttl)
  end
end

-- `from` becomes a pointer to `into`; an outlet that had an alert in both keeps one.
local function merge(into, from, by)
  local old, _, made = follow(from)
  if old == into then
    return
  end
  if not made then
    make(old, 'null', ttl)
  end
  local s, alerted = P .. ':s:' .. old, P .. ':al:' .. old
  local _, origin = follow(into)
  fade(old, by)
  local all, members = count_of_members(old), members_of(old)
  if all > 0 and count_of_members(into) > 0 then
    count('j', slice, 1)
  end
  for _, member in ipairs(members) do
    local m = number_of(member)
    local place = place_of(m)
    if is_decided(place) then
      if place[COPY] == 0 then
        tell_late(origin, m)
      end
      place[STORY] = into
      put_place(m, place)
      add_member(into, m, place)
    end
  end
  local claims = call('HGETALL', alerted)
  for i = 1, #claims, 2 do
    call('HSETNX', P .. ':al:' .. into, claims[i], claims[i + 1])
  end
  if all > #members then -- those that are not listed follow the pointer, and count all the same
    call('HINCRBY', P .. ':s:' .. into, 'members', all - #members)
  end
  call('DEL', P .. ':sm:' .. old, P .. ':so:' .. old, alerted, s)
  call('HSET', s, 'into', into)
  keep(ttl, s)
  tell('merged', old, call('HGET', P .. ':s:' .. into, 'about') or 'null', into)
end

-- An origin that is dead, or has left the window, stands for nothing.
local function is_lost(number)
  local place = place_of(number)
  return place and place[STORY] == '0' or not place and tonumber(number) < tonumber(floor)
end

-- Into the story that was decided on, as it is called now. Returns its number.
local function join()
  local into, origin, made = follow(story)
  local place = { into, tonumber(share), tonumber(copy), tonumber(effective), tonumber(arrived),
    outlet, tonumber(text_bytes) }
  put_place(n, place, ttl)
  count('a', slice, 1)
  if copy == '1' then
    count('c', slice, 1)
  end
  local begins = into == n and not made
  if begins and #merges == 0 then
    tell('new', n, about)
    return into
  end
  if not made then
    local first = place_of(into)
    make(into, begins and about or about_origin, ttl) -- counts this one if it begins the story
    if begins or not is_decided(first) then -- else its own commit has told of it
      tell('new', into, begins and about or about_origin)
    end
  end
  if not begins then
    if add_member(into, n, place) > 1 then
      count('j', slice, 1)
    end
  end
  local s = P .. ':s:' .. into
  local moves = new_origin == n and origin ~= n
  if moves then
    fade(into, origin_share)
    place[SHARE] = 1
    put_place(n, place)
    call('HSET', s, 'origin', n, 'about', about)
    tell('origin_moved', into, about)
  elseif origin == n then
    call('HSET', s, 'about', about)
  elseif is_lost(origin) then
    mend(into)
  end
  if not begins and not moves then
    tell('joined', into, call('HGET', s, 'about') or 'null')
  end
  for _, m in ipairs(merges) do
    merge(into, m[1], m[2])
  end
  if into ~= n and call('EXISTS', P .. ':s:' .. n) == 1 then
    merge(into, n, share) -- who joined this one before it was decided
  end
  -- Others joined the story that it would begin, and the story of something earlier was merged into
  -- that: it is a copy, and no origin.
  if origin == n and copy == '1' then
    mend(into)
    call('HSET', s, 'about', 'null')
    tell('origin_moved', into, 'null')
  end
  keep_story(into, ttl)
  return into
end

-- The version that this one replaces may have had its alert in a story that this one has to do with
-- as well, though it joined another: one alert is enough.
local function inherit_claim(into, from, outlet)
  local related = false
  for _, s in ipairs(seen) do
    related = related or s[2] == from
  end
  local given = related and from ~= into and call('HGET', P .. ':al:' .. from, outlet)
  if given then
    call('HSETNX', P .. ':al:' .. into, outlet, given)
    keep(ttl, P .. ':al:' .. into)
  end
end

local function claim(of, alert)
  if call('HSETNX', P .. ':al:' .. of, alert[2], alert[1]) == 0 then
    return 0
  end
  keep(ttl, P .. ':al:' .. of)
  publish(KEYS[3], 'id', alert[3], 'alert', alert[4])
  redis.pcall('PUBLISH', KEYS[3], alert[4]) -- a right that may be missing; the stream is what lasts
  count('l', slice, 1)
  return 1
end

local claimed = {}
if is_history then
  story = '0'
  die(n)
else
  local place = place_of(survived)
  local before = is_decided(place) and follow(place[STORY])
  story = join()
  local becomes = { [n] = true } -- a copy by this commit, which is what alerts tell of
  for _, m in ipairs(became_copy) do
    local place = place_of(m)
    if is_decided(place) and place[COPY] == 0 then
      becomes[m] = true
      place[COPY] = 1
      put_place(m, place)
      count('c', slice, 1)
    end
  end
  for _, m in ipairs(later) do -- its alert is its own
    tell_late(m, n)
  end
  for i, alert in ipairs(alerts) do
    if before and alert[1] == n then
      inherit_claim(story, before, alert[2])
    end
    claimed[i] = becomes[alert[1]] and claim(story, alert) or 0
  end
  keep_verdict()
  if survived ~= '0' then
    die(survived)
  end
end
if #late > 0 then
  call('DEL', late_key)
end
return { 'ok', story, claimed, dead }
