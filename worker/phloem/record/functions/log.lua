-- Long logs: which entries are kept of one that has too many. phloem/model/log.py does the same, and says why.

local LOG_KEPT = $LOG_LIMIT_ENTRIES -- entries of one task's log
local GRAVE = { warning = true, error = true, critical = true }

local function matters(entry)
  local kind, level = entry:match('"kind":"(%a+)","level":"(%a+)"')
  return kind == 'state' or (kind == 'log' and GRAVE[level])
end

-- How many entries are missing with this one, which may itself stand for others.
local function missing(entry)
  return tonumber(entry:match('"kind":"gap".-"message":"%D*(%d+)')) or 1
end

local function gap(entry, count)
  local beginning = entry:match('^(.-)"kind":')
  if not beginning then return entry end -- somebody else wrote it, and readers leave it out
  return beginning .. '"kind":"gap","level":"warning","message":"… '
    .. string.format('%d', count) .. ' entries were left out"}'
end

-- At most `limit` entries of a log that has more: its beginning, its end, and of what is between them what matters.
local function shortened(entries, limit)
  local first, last = math.max(1, math.floor(limit / 10)), math.floor(limit / 2)
  local matter, kept = {}, {}
  for i = first + 1, #entries - last do
    if matters(entries[i]) then matter[#matter + 1] = i end
  end
  for i = math.max(1, #matter - (limit - first - last - 1) + 1), #matter do kept[matter[i]] = true end
  local short, count, place, from = {}, 0, nil, nil
  for i, entry in ipairs(entries) do
    if i <= first or i > #entries - last or kept[i] then
      short[#short + 1] = entry
    else
      count = count + missing(entry)
      if not place then
        place, from = #short + 1, entry
        short[place] = ''
      end
    end
  end
  short[place] = gap(from, count)
  return short
end

local function bytes_of(entries)
  local sum = 0
  for i = 1, #entries do sum = sum + #entries[i] end
  return sum
end

-- Adds entries to the log under that key. A log that gets too long is cut to four fifths, so that this is seldom done.
-- Returns by how many bytes it has grown.
local function extend_log(key, said)
  if #said > LOG_KEPT then said = shortened(said, LOG_KEPT) end
  local growth, length = bytes_of(said), redis.pcall('RPUSH', key, unpack(said))
  if type(length) ~= 'number' then -- somebody else wrote something there
    redis.call('DEL', key)
    length = redis.call('RPUSH', key, unpack(said))
  end
  if length <= LOG_KEPT then return growth end
  if length > 3 * LOG_KEPT then redis.call('LTRIM', key, -LOG_KEPT, -1) end -- most of it is not ours
  local entries = redis.call('LRANGE', key, 0, -1)
  local short = shortened(entries, math.floor(LOG_KEPT * 4 / 5))
  redis.call('DEL', key)
  redis.call('RPUSH', key, unpack(short))
  return growth + bytes_of(short) - bytes_of(entries)
end
