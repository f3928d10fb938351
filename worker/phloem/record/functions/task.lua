-- A task of the record: its fields, how it is told, and what it makes of what is said of it. Nothing is read or written
-- here, and nothing is counted: that is for `channel.lua`.
--
-- A task is kept as one MessagePack value. Its fields are held as the JSON text in which they arrived, and are joined as
-- they are: Lua's own JSON would shorten times to 14 digits and turn [] into {}. What comes of a run, and so moves, is in
-- `row`. What describes the task and the run seldom changes: `told` is all of it, joined, and only who changes some of it
-- takes it apart, into `opened`. `long` holds the long forms of some, which lists do not show, and the rest is bookkeeping
-- that nobody is told.

local RUNS_KEPT = 2000       -- bytes of the ids of one task's runs that are over; that many were long ago
local SOURCES_KEPT = 20      -- processes whose last word about one task is known

-- Fields that another message with the same id, another run, and another start do away with.
local DESCRIPTION, ARRIVAL, OUTCOME = { $DESCRIPTION }, { $ARRIVAL }, { $OUTCOME }

-- Ranks of states; a run with the rank OVER has ended for good.
local RECEIVED, RETRY, LOST, OVER = $RECEIVED, $RETRY, $LOST, $SUCCESS

-- How each field is written before its value.
local labels = {}

-- The fields that move.
local moves = {}
for i = 1, #OUTCOME do moves[OUTCOME[i]] = true end

local whole = function(number) return string.format('%d', number) end

-- What describes the task and its run, to be changed: it is told anew when the task is written.
local function facts(task)
  if not task.opened then
    task.opened = {}
    for field, value in string.gmatch(task.told or '', ',"([^"]+)":([^\n]+)\n') do task.opened[field] = value end
  end
  return task.opened
end

-- Where a field of the task is held.
local function place(task, field) return moves[field] and task.row or facts(task) end

local function forget(task, fields)
  for _, field in ipairs(fields) do place(task, field)[field], task.long[field] = nil, nil end
end

-- An id as JSON text. It comes with the event where it is more than the id in quotes.
local function quoted(id, json) return json or '"' .. id .. '"' end

local function label(field)
  local text = labels[field]
  if not text then
    text = ',"' .. field .. '":'
    labels[field] = text
  end
  return text
end

-- Adds fields and their values, as they stand in a row, to `parts`.
local function join(fields, parts)
  local n = #parts
  for field, value in pairs(fields) do
    parts[n + 1], parts[n + 2] = label(field), value
    n = n + 2
  end
end

-- Facts as they stand in a row, each on a line of its own: no value holds a line break, and to JSON it is a space.
local function tell(facts)
  local parts = {}
  for field, value in pairs(facts) do
    local n = #parts
    parts[n + 1], parts[n + 2], parts[n + 3] = label(field), value, '\n'
  end
  return table.concat(parts)
end

-- Adds the rows of tasks, as readers are told of them, to `parts`.
local function add_rows(tasks, parts)
  for i, task in ipairs(tasks) do
    local n = #parts
    parts[n + 1], parts[n + 2] = i > 1 and ',{"id":' or '{"id":', quoted(task.id, task.json_id)
    parts[n + 3], parts[n + 4] = ',"state":"', task.state
    parts[n + 5], parts[n + 6] = '","offset":', whole(task.offset)
    parts[n + 7], parts[n + 8] = ',"first_offset":', whole(task.first)
    parts[n + 9], parts[n + 10] = ',"run":', task.run and quoted(task.run, task.json_run) or 'null'
    parts[n + 11] = task.told or ''
    join(task.row, parts)
    parts[#parts + 1] = '}'
  end
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
