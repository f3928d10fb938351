-- One task of the record: its fields, and its row as JSON text. Nothing here reads or writes Redis, and nothing is
-- counted.
--
-- A task is kept as one MessagePack value. Its fields are held as the JSON text in which they arrived, and are joined as
-- they are: Lua's own JSON would shorten times to 14 digits and turn [] into {}. The fields that change in a run are in
-- `row`. Those that describe the task and the run seldom change: `told` is all of them, joined; code that changes one
-- takes it apart, into `opened`. An event brings them joined as well, `first` those of the task and `arrival` those of
-- the run: most of it is added as it is, or is known word for word, and nothing is taken apart. `long` holds the long
-- forms of some fields, which lists do not show. The rest is bookkeeping, which readers do not receive, except that who
-- reads one task gets its `tries`.

local RUNS_KEPT_BYTES = 2000 -- of the ids of one task's runs that are over; the oldest are dropped
local SOURCES_KEPT = 20      -- processes whose last number is remembered for one task

-- Fields that every message of a task brings anew.
local DELIVERY = { $DELIVERY }

-- Fields that are removed by another message with the same id, by another run, and by another start.
local DESCRIPTION, ARRIVAL, OUTCOME = { $DESCRIPTION }, { $ARRIVAL }, { $OUTCOME }

-- What stands for arguments that were withheld.
local WITHHELD = '"$WITHHELD"'

-- Ranks of states; a run with the rank OVER has ended for good.
local RECEIVED, STARTED, RETRY, LOST, OVER = $RECEIVED, $STARTED, $RETRY, $LOST, $SUCCESS

-- Stands for a table that an event does not have: to make one for each event costs more than to read it.
local NOTHING = {}

-- What is written before the value of each field, by its name.
local labels = {}

-- The fields that are kept in `row`.
local in_row = {}
for i = 1, #OUTCOME do in_row[OUTCOME[i]] = true end

-- A whole number as text. To make one takes a fifth of the time of a command, and the same ones come again and again.
local recent, recent_count = {}, 0

local function whole(number)
  local text = recent[number]
  if not text then
    if recent_count == 100 then recent, recent_count = {}, 0 end
    text = string.format('%d', number)
    recent[number], recent_count = text, recent_count + 1
  end
  return text
end

-- Joined fields, taken apart.
local function apart(text)
  local fields = {}
  for field, value in string.gmatch(text, ',"([^"]+)":([^\n]+)\n') do fields[field] = value end
  return fields
end

-- The fields that describe the task and its run, to be changed; they are joined again when the task is written.
local function facts(task)
  if not task.opened then task.opened = apart(task.told) end
  return task.opened
end

-- What the event tells of its task.
local function described(event)
  if type(event.first) == 'string' then event.first = apart(event.first) end
  return event.first or NOTHING
end

-- What the event tells of its run: how it came about, and what came of it.
local function outcome(event)
  if event.arrival then
    event.set = event.set or {}
    for field, value in pairs(apart(event.arrival)) do event.set[field] = value end
    event.arrival = nil
  end
  return event.set or NOTHING
end

-- The table that holds a field of the task.
local function place(task, field) return in_row[field] and task.row or facts(task) end

-- Sets fields of the task, as far as this teller may.
local function set(task, fields, by)
  local row, judged = task.row, by or task.worse
  for field, value in pairs(fields) do
    if not judged or take_over(task, field, place(task, field)[field], by) then
      if in_row[field] then row[field] = value else facts(task)[field] = value end
    end
  end
end

-- Sets the long forms of fields that this teller has set.
local function set_long(task, fields, by)
  for field, value in pairs(fields) do
    if is_known_by(task, field, by) then task.long[field] = value end
  end
end

local function forget(task, fields)
  local worse = task.worse or NOTHING
  for _, field in ipairs(fields) do
    place(task, field)[field], task.long[field] = nil, nil
    if worse[field] then worse[field] = nil end
  end
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

-- Whether what the event tells of its task is known word for word. Where it begins with all that is known, the rest of
-- it is added first.
local function is_told(task, event)
  local text = event.first
  if type(text) ~= 'string' or task.opened or event.by or task.worse then return false end
  if string.sub(text, 1, #task.told) == task.told then
    task.told = text
    return true
  end
  return string.find(task.told, text, 1, true) ~= nil
end

-- Adds what the event tells of how its run came about, if nothing is known of that.
local function add_arrival(task, event)
  if not event.arrival or task.opened or event.by or task.worse then return end
  if task.told ~= event.first then -- else all that is known is what the event tells of its task
    for i = 1, #ARRIVAL do -- between quotes a value has none, so this is a field and no part of a value
      if string.find(task.told, label(ARRIVAL[i]), 1, true) then return end
    end
  end
  task.told, event.arrival = task.told .. event.arrival, nil
end

-- The value of one fact. Looked for as plain text: a pattern would be tried at each place of it.
local function fact(task, field)
  if task.opened then return task.opened[field] end
  local _, before = string.find(task.told, label(field), 1, true)
  return before and string.sub(task.told, before + 1, string.find(task.told, '\n', before, true) - 1)
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
    parts[n + 11], parts[n + 12] = ',"known_at":', task.known or 'null' -- an earlier version knows no such time
    parts[n + 13] = task.told or ''
    add_fields(task.row, parts)
    parts[#parts + 1] = '}'
  end
end

-- The row of one task.
local function row_of(task)
  local parts = {}
  add_rows({ task }, parts)
  return table.concat(parts)
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

-- Whether `value` is not known yet, or was withheld by a process that could not tell what of it is secret. Only `attach`
-- can tell that.
local function is_open(value, by) return not value or (value == WITHHELD and not by) end

-- Whether there is a field among these that `fill_in` would set.
local function has_news(task, fields, by)
  for field in pairs(fields) do
    if is_open(place(task, field)[field], by) or is_known_worse(task, field, by) then return true end
  end
end

-- Sets the fields that are open, or known worse.
local function fill_in(task, fields, long, by)
  local judged = by or task.worse
  for field, value in pairs(fields) do
    local held = place(task, field)
    if not judged then -- this is most of what comes
      if not held[field] or held[field] == WITHHELD then held[field] = value end
    elseif is_open(held[field], by) or is_known_worse(task, field, by) then
      take_over(task, field, held[field], by)
      held[field] = value
    end
  end
  for field, value in pairs(long or NOTHING) do
    if is_open(task.long[field], by) and (not judged or is_known_by(task, field, by)) then task.long[field] = value end
  end
end

-- Sets the fields of the message with which a run begins, as far as the event can tell them.
local function deliver(task, fields, long, by)
  local judged = by or task.worse
  for _, field in ipairs(DELIVERY) do
    local value = fields[field]
    if value and value ~= WITHHELD and (not judged or take_over(task, field, facts(task)[field], by)) then
      facts(task)[field], task.long[field] = value, long and long[field]
    end
  end
end
