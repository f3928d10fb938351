-- A task of the record: its fields, how it is told, and what it makes of what is said of it. Nothing is read or written
-- here, and nothing is counted: that is for `channel.lua`.
--
-- A task is kept as one MessagePack value. Its fields are held as the JSON text in which they arrived, and are joined as
-- they are: Lua's own JSON would shorten times to 14 digits and turn [] into {}. What comes of a run, and so moves, is in
-- `row`. What describes the task and the run seldom changes: `told` is all of it, joined, and `facts` the same once more,
-- packed, which only who changes some of it unpacks. `long` holds the long forms of some, which lists do not show, and
-- the rest is bookkeeping that nobody is told.

local RUNS_KEPT = 2000       -- bytes of the ids of one task's runs that are over; that many were long ago
local SOURCES_KEPT = 20      -- processes whose last word about one task is known

-- Fields that another message with the same id, another run, and another start do away with.
local DESCRIPTION, ARRIVAL, OUTCOME = { $DESCRIPTION }, { $ARRIVAL }, { $OUTCOME }

local RECEIVED, RETRY, LOST, OVER = 1, 4, 5, 6 -- ranks; a run with the rank OVER has ended for good

-- How each field is written before its value.
local labels = {}

-- The fields that move.
local moves = {}
for i = 1, #OUTCOME do moves[OUTCOME[i]] = true end

local whole = function(number) return string.format('%d', number) end

-- What describes the task and its run, to be changed: it is packed again when the task is written.
local function facts(task)
  if not task.opened then task.opened = task.facts and cmsgpack.unpack(task.facts) or {} end
  return task.opened
end

-- Where a field of the task is held.
local function place(task, field) return moves[field] and task.row or facts(task) end

local function forget(task, fields)
  for _, field in ipairs(fields) do place(task, field)[field], task.long[field] = nil, nil end
end

-- Adds fields and their values, as they stand in a row, to `parts`.
local function join(fields, parts)
  local n = #parts
  for field, value in pairs(fields) do
    local label = labels[field]
    if not label then
      label = ',"' .. field .. '":'
      labels[field] = label
    end
    parts[n + 1], parts[n + 2] = label, value
    n = n + 2
  end
  return parts
end

local function row(task)
  local parts = join(task.row, {
    '{"id":', task.json_id, ',"state":"', task.state, '","offset":', whole(task.offset), ',"first_offset":',
    whole(task.first), ',"run":', task.run and task.json_run or 'null', task.told or '',
  })
  parts[#parts + 1] = '}'
  return table.concat(parts)
end

-- Whether the event is of another message with the same id, sent after the task had ended.
local function is_sent_again(task, event)
  return task.rank >= LOST and event.attempt <= task.attempt and tonumber(event.at) > tonumber(task.over_at)
end

-- What the record makes of an event: "duplicate" it has it already, "zombie" the run is over, "stale" the run is
-- further on, "begin" another run, "ok" the next thing to know of the present run.
local function judge(task, event)
  local heard = task.heard[event.source]
  if heard and event.seq <= heard then return 'duplicate' end
  if not task.rank then return 'begin' end
  if event.run and event.run ~= task.run then
    if not event.state then return task.run and 'zombie' or 'stale' end
    local earlier = event.attempt < task.attempt and not is_sent_again(task, event)
    return (earlier or string.find(task.runs, ' ' .. event.run .. ' ', 1, true)) and 'zombie' or 'begin'
  end
  if not event.state or task.rank >= OVER or event.rank < task.rank then return 'stale' end
  return 'ok'
end

local function run_is_over(task)
  if #task.runs > RUNS_KEPT then task.runs = string.match(task.runs, ' .*', #task.runs - RUNS_KEPT / 2) end
  task.runs = task.runs .. (task.run or '') .. ' '
end

-- Remembers the event as heard. A task with that many sources has had as many runs, and their words are late anyway.
local function hear(task, event)
  if not task.heard[event.source] then
    task.sources = (task.sources or 0) + 1
    if task.sources > SOURCES_KEPT then task.heard, task.sources = {}, 1 end
  end
  task.heard[event.source] = event.seq
end

-- Takes in what nobody has said yet.
local function add(task, said, long)
  for field, value in pairs(said or {}) do
    local held = place(task, field)
    held[field] = held[field] or value
  end
  for field, value in pairs(long or {}) do task.long[field] = task.long[field] or value end
end
