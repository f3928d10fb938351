-- Events: what each does to its task.

-- Sets the lease that answers for the task: that of its worker until the run is over, then only the one that the event
-- itself names, until the next try is sent.
local function set_lease(record, task, lease, named)
  local before = task.lease
  task.lease = task.rank < RETRY and lease or task.rank == RETRY and named or nil
  if before == task.lease then return end
  if before then redis.call('SREM', record.lease .. before, task.id) end
  if task.lease then
    redis.call('SADD', record.lease .. task.lease, task.id)
    redis.call('ZADD', record.leases, 'NX', whole(record.now + LEASE), task.lease)
  end
end

-- Ends the run of the event: its task waits for another, whatever the attempt of that.
local function wait_for_another_run(record, event, task)
  task.run = event.run
  close_run(task)
  task.run, task.attempt = nil, 0
  forget(task, ARRIVAL)
  forget_outcome(task)
  set(task, outcome(event), event.by)
  credit(task, 'state', event.by)
  credit(task, 'run')
  enter_state(record, task, 'PENDING', 0, event.at)
  set_lease(record, task)
end

-- Adds what the task said to its log, once.
local function append_lines(record, task, event)
  local log = event.log or NOTHING
  event.log = nil
  for i = 1, #log, 3 do append_log(record, task, log[i], 'log', log[i + 1], log[i + 2]) end
end

-- The ranks of states that an event may tell to be behind the task.
local PASSED = { PENDING = 0, RECEIVED = RECEIVED, STARTED = STARTED }

-- Moves the task to the run and the state of the event.
local function advance(record, event, task, verdict)
  local run, before, rank = task.run, task.state, task.rank
  local state = event.state or 'PENDING'
  local again = verdict == 'begin' and run
  if again then
    forget(task, ARRIVAL)
    close_run(task)
  end
  -- A try that waits for its time still shows why the last one failed.
  local starts = state == 'STARTED' and before ~= 'STARTED'
  if starts or task.rank == LOST or (again and state ~= 'RETRY') or (task.kept and event.rank > RECEIVED) then
    forget_outcome(task)
  end
  if event.run then
    -- Not every event of a run names its attempt.
    task.attempt = verdict == 'begin' and event.attempt or math.max(task.attempt, event.attempt)
    if event.run ~= task.run then credit(task, 'run', event.by) end
    task.run, task.json_run = event.run, event.json_run
  end
  if event.by or task.worse then credit(task, 'state', event.by) end
  add_arrival(task, event)
  set(task, outcome(event), event.by)
  if event.long_set then set_long(task, event.long_set, event.by) end
  -- The event that it started may arrive before those that it was sent and received, and that it ended may tell as well
  -- that it started; it was in those states as well.
  for i = 1, #(event.passed or NOTHING), 2 do
    local passed = event.passed[i]
    if verdict == 'begin' and not (before and passed == 'PENDING') or verdict == 'ok' and PASSED[passed] > rank then
      append_log(record, task, event.passed[i + 1], 'state', '"info"', '"' .. passed .. '"')
    end
  end
  if event.rank >= LOST then task.over_at = event.at end
  if event.rank >= RETRY and not task.row.finished_at then task.tried_at = event.at end
  if event.rank >= RETRY then append_lines(record, task, event) end -- a run says nothing after its end
  -- The worker that receives the next try says RETRY once more.
  if state ~= before or (verdict == 'begin' and state ~= 'RETRY') then
    enter_state(record, task, state, event.rank, event.at)
  end
  task.rank = event.rank
  set_lease(record, task, event.lease or (verdict == 'ok' and task.lease), event.lease)
end

-- A task that is not known yet; nil if it was removed, and the event is about what it was before.
local function new_task(record, event)
  local over_at = record.over_at[event.id]
  if over_at == nil then over_at = redis.call('HGET', record.over, event.id) end
  if over_at and tonumber(event.at) <= tonumber(over_at) then return nil end
  if over_at then
    redis.call('HDEL', record.over, event.id)
    record.over_at[event.id] = false
  end
  local task = {
    id = event.id, json_id = event.json_id, first = record.offset + 1, attempt = 0, runs = ' ',
    heard = {}, row = {}, told = '', long = {}, spoke = 0, spoken = 0,
  }
  record.tasks[event.id] = task
  record.came[#record.came + 1] = event.id
  record.more = true
  return task
end

-- Gives the present run the name that one who knows better has for it. The name that it had so far is of no run again.
local function rename_run(record, event, task)
  close_run(task)
  task.run, task.json_run, task.attempt = event.run, event.json_run, event.attempt
  credit(task, 'run', event.by)
  set_lease(record, task, event.lease or task.lease, event.lease)
end

-- Whether a late event may hold fields of its run that are not known yet. Several tell of the same end.
local function may_add(task, event)
  return event.rank < LOST or (event.by and event.run == task.run and event.state == task.state)
end

-- Whether an event of a teller other than `attach` says nothing that is not known: it is left at that, since much of
-- what the others say of a task that `attach` knows is of this kind.
local function tells_nothing(task, event, verdict)
  if verdict == 'zombie' then
    local last = task.tries and task.tries[#task.tries]
    return not last or last.run ~= quoted(event.run, event.json_run)
  end
  if verdict ~= 'stale' or event.log or has_news(task, described(event), event.by) then return false end
  return not may_add(task, event) or not has_news(task, outcome(event), event.by)
end

-- Applies one event. Returns its verdict.
local function apply(record, event)
  local task = find(record, event.id)
  if not task and not event.if_waits then task = new_task(record, event) end
  if not task then return 'zombie' end
  local back = gives_back(event)
  local by, named = event.by, event.run and task.rank and event.run ~= task.run and names_run(task, event)
  local verdict = judge(task, event, back, named)
  if verdict == 'duplicate' then return verdict end
  if by and not named and task.rank and tells_nothing(task, event, verdict) then return verdict end
  touch(record, task)
  remember_source(task, event)
  if by or task.met then meet(task, facts(task), by) end
  if named then rename_run(record, event, task) end
  local sent_again = verdict == 'begin' and task.rank and not by and is_sent_again(task, event)
  if task.rank and (verdict == 'begin' or (verdict == 'ok' and back)) then keep_try(task, event) end
  if sent_again then
    if task.state ~= 'LOST' then forget_tries(task) end -- one that was lost is delivered again, and is the same message
    forget(task, DESCRIPTION)
    redis.call('DEL', record.call .. event.id)
    record.calls[event.id] = nil
    record.bytes = record.bytes - (task.called or 0)
    task.called = nil
  end
  if back then -- its next message may wait in another queue
    set(task, described(event), by)
  end
  local told = is_told(task, event)
  if event.long_first or (event.first and not told) then
    fill_in(task, told and NOTHING or described(event), event.long_first, by)
  end
  if event.call and not task.called then -- the first is believed
    record.calls[event.id] = event.call
    task.called = #event.call
    record.bytes = record.bytes + #event.call
  end
  if verdict == 'begin' and event.run and not (told and not event.long_first and not next(task.long)) then
    deliver(task, described(event), event.long_first, by)
  end
  if verdict == 'begin' or verdict == 'ok' then
    if back then
      wait_for_another_run(record, event, task)
    else
      advance(record, event, task, verdict)
    end
  elseif verdict == 'stale' and not back and may_add(task, event) then
    fill_in(task, outcome(event), event.long_set, by)
  elseif verdict == 'zombie' then
    tell_of_last_try(task, event)
  end
  if event.latest and verdict ~= 'zombie' then set(task, event.latest, by) end
  append_lines(record, task, event)
  return verdict
end
