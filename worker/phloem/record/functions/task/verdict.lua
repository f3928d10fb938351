-- The verdict on an event: what it is to the task that the record has. Nothing here reads or writes Redis.

-- Whether the event is about another message with the same id, sent after the task had ended.
local function is_sent_again(task, event)
  return task.rank >= LOST and event.attempt <= task.attempt and tonumber(event.at) > tonumber(task.over_at)
end

-- Whether the run of the event is over, and its task is not: its message was given back, or another took its place.
local function gives_back(event) return event.run and event.state == 'PENDING' end

-- Whether the task waits: for its first run, or for another.
local function waits(task) return task.rank <= RECEIVED or task.rank == RETRY end

-- Whether the event is that a task was sent which had ended (LOST rank) without a run, since it was not going to be.
local function is_sent_after_all(task, event)
  return event.state == 'PENDING' and not event.run and not task.run
    and tonumber(event.at) > tonumber(task.over_at)
end

-- Whether the event is about the present run, and names it as one who knows better than the one who named it so far.
local function names_run(task, event)
  return task.run and event.state and is_known_worse(task, 'run', event.by)
    and math.floor(event.attempt / 2) == math.floor(task.attempt / 2) -- a redelivery is not known to all
    and not (task.rank >= LOST and tonumber(event.at) > tonumber(task.over_at))
    and not string.find(task.runs, ' ' .. event.run .. ' ', 1, true)
end

-- Whether an event that names another run begins it, where its teller is not `attach`: such a teller hears late, and
-- calls runs by names of its own. A run that others know better has to be over, and the message accepted anew.
local function begins_as_told(task, event)
  if string.find(task.runs, ' ' .. event.run .. ' ', 1, true) then return false end
  local known_better = is_known_better(task, 'run', event.by)
  if task.rank >= LOST then
    return tonumber(event.at) > tonumber(task.over_at) and (event.rank == RECEIVED or not known_better)
  end
  if task.run and known_better then
    return event.rank == RECEIVED and task.rank == RETRY and event.attempt > task.attempt
  end
  return event.attempt >= task.attempt
end

-- The verdict on an event: "duplicate" it was recorded before, "zombie" its run is over, "stale" its run is further on,
-- "begin" it begins another run, "ok" it is the next about the current run. `back`: whether it gives its message back;
-- `named`: whether it gives the run another name.
local function judge(task, event, back, named)
  local heard = task.heard[event.source]
  if heard and event.seq <= heard then return 'duplicate' end
  if not task.rank then return 'begin' end
  if event.if_waits and not waits(task) then return 'stale' end
  local foreign = event.run and event.run ~= task.run and not named
  if back then
    if foreign then return 'zombie' end
    return task.rank < LOST and 'ok' or 'stale'
  end
  if foreign then
    if not event.state then return task.run and 'zombie' or 'stale' end
    if event.by then return begins_as_told(task, event) and 'begin' or 'zombie' end
    local earlier = event.attempt < task.attempt and not is_sent_again(task, event)
    return (earlier or string.find(task.runs, ' ' .. event.run .. ' ', 1, true)) and 'zombie' or 'begin'
  end
  if task.rank == LOST and is_sent_after_all(task, event) then return 'begin' end
  if not event.state or event.rank < task.rank then return 'stale' end
  if task.rank >= OVER and not is_known_worse(task, 'state', event.by) then return 'stale' end
  if event.by and event.rank == task.rank and is_known_better(task, 'state', event.by) then return 'stale' end
  return 'ok'
end
