-- One task of the record: its fields, its row as JSON text, and the verdict on an event. Nothing here reads or writes
-- Redis, and nothing is counted.
--
-- A task is kept as one MessagePack value. Its fields are held as the JSON text in which they arrived, and are joined as
-- they are: Lua's own JSON would shorten times to 14 digits and turn [] into {}. The fields that change in a run are in
-- `row`. Those that describe the task and the run seldom change: `told` is all of them, joined; code that changes one
-- takes it apart, into `opened`. `long` holds the long forms of some fields, which lists do not show. The rest is
-- bookkeeping, which readers do not receive.

local RUNS_KEPT_BYTES = 2000 -- of the ids of one task's runs that are over; the oldest are dropped
local SOURCES_KEPT = 20      -- processes whose last number is remembered for one task

-- Fields that are removed by another message with the same id, by another run, and by another start.
local DESCRIPTION, ARRIVAL, OUTCOME = { $DESCRIPTION }, { $ARRIVAL }, { $OUTCOME }

-- Ranks of states; a run with the rank OVER has ended for good.
local RECEIVED, RETRY, LOST, OVER = $RECEIVED, $RETRY, $LOST, $SUCCESS

-- What is written before the value of each field, by its name.
local labels = {}

-- The fields that are kept in `row`.
local in_row = {}
for i = 1, #OUTCOME do in_row[OUTCOME[i]] = true end

local whole = function(number) return string.format('%d', number) end

-- The fields that describe the task and its run, to be changed; they are joined again when the task is written.
local function facts(task)
  if not task.opened then
    task.opened = {}
    for field, value in string.gmatch(task.told or '', ',"([^"]+)":([^\n]+)\n') do task.opened[field] = value end
  end
  return task.opened
end

-- The table that holds a field of the task.
local function place(task, field) return in_row[field] and task.row or facts(task) end

local function forget(task, fields)
  for _, field in ipairs(fields) do place(task, field)[field], task.long[field] = nil, nil end
end

-- An id as JSON text. The event brings it where it is more than the id in quotes.
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
local function add_fields(fields, parts)
  local n = #parts
  for field, value in pairs(fields) do
    parts[n + 1], parts[n + 2] = label(field), value
    n = n + 2
  end
end

-- Facts as they stand in a row, each on a line of its own: no value holds a line break, and to JSON it is a space.
local function joined(facts)
  local parts = {}
  for field, value in pairs(facts) do
    local n = #parts
    parts[n + 1], parts[n + 2], parts[n + 3] = label(field), value, '\n'
  end
  return table.concat(parts)
end

-- Adds the rows of tasks, as readers receive them, to `parts`.
local function add_rows(tasks, parts)
  for i, task in ipairs(tasks) do
    local n = #parts
    parts[n + 1], parts[n + 2] = i > 1 and ',{"id":' or '{"id":', quoted(task.id, task.json_id)
    parts[n + 3], parts[n + 4] = ',"state":"', task.state
    parts[n + 5], parts[n + 6] = '","offset":', whole(task.offset)
    parts[n + 7], parts[n + 8] = ',"first_offset":', whole(task.first)
    parts[n + 9], parts[n + 10] = ',"run":', task.run and quoted(task.run, task.json_run) or 'null'
    parts[n + 11] = task.told or ''
    add_fields(task.row, parts)
    parts[#parts + 1] = '}'
  end
end

-- Whether the event is about another message with the same id, sent after the task had ended.
local function is_sent_again(task, event)
  return task.rank >= LOST and event.attempt <= task.attempt and tonumber(event.at) > tonumber(task.over_at)
end

-- The verdict on an event: "duplicate" it was recorded before, "zombie" its run is over, "stale" its run is further on,
-- "begin" it begins another run, "ok" it is the next about the current run.
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

-- Adds the current run to those that are over.
local function close_run(task)
  if #task.runs > RUNS_KEPT_BYTES then
    task.runs = string.match(task.runs, ' .*', #task.runs - RUNS_KEPT_BYTES / 2)
  end
  task.runs = task.runs .. (task.run or '') .. ' '
end

-- Remembers the number of the event. A task with more sources has had as many runs, and what is forgotten is late anyway.
local function remember_source(task, event)
  if not task.heard[event.source] then
    task.sources = (task.sources or 0) + 1
    if task.sources > SOURCES_KEPT then task.heard, task.sources = {}, 1 end
  end
  task.heard[event.source] = event.seq
end

-- Sets the fields that are not known yet.
local function fill_in(task, fields, long)
  for field, value in pairs(fields or {}) do
    local held = place(task, field)
    held[field] = held[field] or value
  end
  for field, value in pairs(long or {}) do task.long[field] = task.long[field] or value end
end
