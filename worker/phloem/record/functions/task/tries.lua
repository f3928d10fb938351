-- Tries: what is kept of those of a task that are over. Nothing here reads or writes Redis.

local TRIES_KEPT = $TRIES_LIMIT -- of one task, that are over; the oldest are dropped
local STEPS_KEPT = $STEPS_KEPT_BYTES -- bytes of the steps of all these; those of the oldest are dropped

-- What a field of the task was, if the event says that it is another; nil if not. Others write the same arguments in
-- other words.
local function before(task, event, field)
  local known, value = facts(task)[field], described(event)[field]
  if value and value ~= WITHHELD and value ~= known and is_known_by(task, field, event.by) then return known end
end

-- Keeps what came of the present try, which is over: the event begins another, or gives it back. One of which neither
-- start nor end was heard was none.
local function keep_try(task, event)
  local row = task.row
  local ended_at = row.finished_at or task.tried_at
  if task.kept or not (row.started_at or ended_at) then return end
  local known = facts(task)
  local state = task.rank >= RETRY and task.state or 'LOST'
  if gives_back(event) then ended_at, state = ended_at or event.at, 'RETRY' end
  task.tries = task.tries or {}
  table.insert(task.tries, {
    state = '"' .. state .. '"', run = task.run and quoted(task.run, task.json_run), worker = known.worker,
    started_at = row.started_at, finished_at = ended_at, error = row.error,
    args = before(task, event, 'args'), kwargs = before(task, event, 'kwargs'),
    steps = row.steps ~= '[]' and row.steps or nil,
  })
  local steps = 0
  for i = row.steps and #task.tries or 0, 1, -1 do
    local each = task.tries[i]
    steps = steps + #(each.steps or '')
    if steps > STEPS_KEPT then each.steps = nil end
  end
  if #task.tries > TRIES_KEPT then
    table.remove(task.tries, 1)
    task.left_out = (task.left_out or 0) + 1
  end
  known.retried_at = ended_at or event.at
  task.kept = true -- until the next one starts, the task shows what came of this one
end

-- Takes from an event about the last try what was not heard of it in time: that it ended, and why.
local function tell_of_last_try(task, event)
  local last, set, long = task.tries and task.tries[#task.tries], event.set or NOTHING, event.long_set or NOTHING
  if not last or last.run ~= quoted(event.run, event.json_run) then return end
  if not last.finished_at and (gives_back(event) or event.rank >= RETRY) then
    last.state = gives_back(event) and '"RETRY"' or '"' .. event.state .. '"'
    last.finished_at = set.finished_at or event.at
  end
  if set.error and not last.error then
    last.error = set.error
    if task.kept and not task.row.error then
      task.row.error, task.long.error = set.error, long.error
      credit(task, 'error', event.by)
    end
  end
end

local function forget_outcome(task)
  forget(task, OUTCOME)
  task.kept, task.tried_at = nil, nil
end

local function forget_tries(task)
  task.tries, task.left_out, facts(task).retried_at = nil, nil, nil
end
