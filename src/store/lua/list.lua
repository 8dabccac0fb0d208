-- list.lua: the next number after ARGV[2], and up to ARGV[3], that is a decided article ('article')
-- or names a story ('story'), by ARGV[4]. Looks at 2,000 numbers at most.
-- Returns the number found or '0', and the last one looked at.
local last = tonumber(ARGV[2])
local most = math.min(tonumber(ARGV[3]), last + 2000)
while last < most do
  last = last + 1
  local n = text_of(last)
  if ARGV[4] == 'article' then
    if is_decided(place_of(n)) then
      return { n, n }
    end
  else
    local story, _, made = follow(n)
    if story == n and (made or is_decided(place_of(n))) then
      return { n, n }
    end
  end
end
return { '0', text_of(last) }
