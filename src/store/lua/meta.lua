-- meta.lua: what all workers of a store agree on. Called by each about once a second.
--
-- P:meta holds the format, the parameters that must be equal everywhere, the generations of the
-- index ("number:first moment:shards" each, oldest first; the last may begin in the future, so that
-- all know of it before it does) and marks ("moment:number": at that moment numbers from there on
-- had not been given), from which follows which numbers have left the window, and what is left of
-- generations that nobody reads any more ("number:shards:next:moment", the oldest first): their
-- shards are taken away a part at each call, so that no call takes long.
--
-- KEYS: articles, and the output streams: a key of another type there would break a commit after its
-- queue entry was acknowledged.
-- ARGV: prefix, sketch, owners_max, window in seconds, shards of the first generation, postings
-- planned for a shard, lead in ms, format, slice, bytes of text that were kept since the last call,
-- then generation and postings made in it since, in pairs. With lead 0 nothing is written (a reader's).
-- Returns 'ok', the moment (Redis's), generations, floor, the largest number given, postings in all
-- generations; or 'param' name theirs; or 'type' key type; or 'none': there is no store.
local sketch, owners, window = ARGV[2], ARGV[3], tonumber(ARGV[4]) * 1000
local shards, plan, lead, format = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local GENERATIONS_MAX, SHARDS_MAX, MARKS = 8, 16777216, 64
local UNLINK_MAX, REST = 2000, 60000 -- shards a call, a ms of work; ms after a generation's end
local meta = P .. ':meta'

local t = call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)

local is = call('HMGET', meta, 'format', 'sketch', 'owners_max', 'window', 'generations', 'marks',
  'gone')
if not is[1] then
  if lead == 0 then
    return { 'none' }
  end
  is = { format, sketch, owners, ARGV[4], '1:' .. text_of(now) .. ':' .. text_of(shards), '', '' }
  call('HSET', meta, 'format', format, 'sketch', sketch, 'owners_max', owners, 'window', ARGV[4],
    'generations', is[5], 'marks', '')
end
for i, pair in ipairs({ { 'format', format }, { 'sketch', sketch }, { 'owners-max', owners },
  { 'window', ARGV[4] } }) do
  if is[i] ~= pair[2] and (i < 4 or lead > 0) then -- a reader may look at less
    return { 'param', pair[1], is[i] }
  end
end

for i = 2, #KEYS do
  local is_a = call('TYPE', KEYS[i]).ok
  if is_a ~= 'none' and is_a ~= 'stream' then
    return { 'type', KEYS[i], is_a }
  end
end

local generations = {}
for number, first, count in string.gmatch(is[5], '(%d+):(%d+):(%d+)') do
  generations[#generations + 1] = { tonumber(number), tonumber(first), tonumber(count) }
end
local seq = tonumber(call('GET', P .. ':seq') or '0')

if lead > 0 then
  -- Needs no memory: a server at its limit looks at that only before a script's first write, and must
  -- be able to take shards away.
  call('HDEL', meta, '-')
  if ARGV[10] ~= '0' then
    call('HINCRBY', P .. ':count', 't' .. ARGV[9], ARGV[10])
  end
  for i = 11, #ARGV, 2 do
    call('HINCRBY', meta, 'v' .. ARGV[i], ARGV[i + 1])
  end
  local gone, left = {}, {}
  for number, count, next, moment in string.gmatch(is[7] or '', '(%d+):(%d+):(%d+):(%d+)') do
    gone[#gone + 1] = { tonumber(number), tonumber(count), tonumber(next), tonumber(moment) }
  end
  -- What ended before the window is of no use to anybody.
  while window > 0 and generations[2] and generations[2][2] < now - window do
    local old = table.remove(generations, 1)
    call('HDEL', meta, 'v' .. text_of(old[1]))
    gone[#gone + 1] = { old[1], old[3], 0, now + math.min(window, REST) }
  end
  if gone[1] and gone[1][4] <= now then
    local number, count, from = unpack(gone[1])
    local to = math.min(from + UNLINK_MAX, count)
    for shard = from, to - 1 do
      call('UNLINK', P .. ':i:' .. text_of(number) .. ':' .. text_of(shard))
    end
    gone[1][3] = to
    if to == count then
      table.remove(gone, 1)
    end
  end
  for _, g in ipairs(gone) do
    left[#left + 1] = text_of(g[1]) .. ':' .. text_of(g[2]) .. ':' .. text_of(g[3]) .. ':' ..
      text_of(g[4])
  end
  left = table.concat(left, ',')
  if left ~= (is[7] or '') then
    call('HSET', meta, 'gone', left)
  end
  local last = generations[#generations]
  local volume = tonumber(call('HGET', meta, 'v' .. text_of(last[1])) or '0')
  local is_over = window > 0 and now >= last[2] + window - lead
  local is_crowded = volume > 2 * last[3] * plan and #generations < GENERATIONS_MAX
  if last[2] <= now and (is_over or is_crowded) then
    -- One that ran its time says what the next will hold; one that filled early says only that it
    -- will be several times as much. (Eight times as many shards were tried: half a million keys that
    -- are nearly empty cost a look-up five times what 65,536 of 850 bytes do.)
    local count = is_over and math.ceil(volume * 1.25 / plan) or last[3] * 4
    count = math.max(math.min(count, SHARDS_MAX), shards)
    local first = is_over and math.max(last[2] + window, now + lead) or now + lead
    generations[#generations + 1] = { last[1] + 1, first, count }
  end
  local list = {}
  for _, g in ipairs(generations) do
    list[#list + 1] = text_of(g[1]) .. ':' .. text_of(g[2]) .. ':' .. text_of(g[3])
  end
  local joined = table.concat(list, ',')
  if joined ~= is[5] then
    is[5] = joined
    call('HSET', meta, 'generations', joined)
  end
end

local floor, marks = 1, {}
for moment, number in string.gmatch(is[6], '(%d+):(%d+)') do
  marks[#marks + 1] = { tonumber(moment), tonumber(number) }
end
if window > 0 then
  while marks[1] and marks[1][1] < now - window do
    floor = marks[1][2]
    if not marks[2] or marks[2][1] >= now - window then
      break
    end
    table.remove(marks, 1)
  end
  local newest = marks[#marks]
  if lead > 0 and (not newest or now - newest[1] >= math.max(window / MARKS, 1000)) then
    marks[#marks + 1] = { now, seq + 1 }
    local list = {}
    for _, m in ipairs(marks) do
      list[#list + 1] = text_of(m[1]) .. ':' .. text_of(m[2])
    end
    call('HSET', meta, 'marks', table.concat(list, ','))
    -- Counters of slices that have left the window.
    local slice = math.floor(now / math.max(window / 32, 1000))
    local fields = call('HKEYS', P .. ':count')
    for _, field in ipairs(fields) do
      local of = tonumber(string.match(field, '^%a(%d+)$'))
      if of and of < slice - 33 then
        call('HDEL', P .. ':count', field)
      end
    end
  end
end

local postings = 0
for _, g in ipairs(generations) do
  postings = postings + tonumber(call('HGET', meta, 'v' .. text_of(g[1])) or '0')
end
return { 'ok', text_of(now), is[5], text_of(floor), text_of(seq), text_of(postings) }
