-- Events: what each does to its task.

-- Sets the lease that answers for the task: that of its worker until the run is over, then only the one that the event
-- itself names, until the next try is sent.
local function set_lease(record, task, lease, named)
  local before = task.lease
  task.lease = task.rank < RETRY and lease or task.rank == RETRY and named or nil
  if before == task.lease then return end
  if before then redis.call('SREM', record.prefix .. 'lease:' .. before, task.id) end
  if task.lease then
    redis.call('SADD', record.prefix .. 'lease:' .. task.lease, task.id)
    redis.call('ZADD', record.leases, 'NX', whole(record.now + LEASE), task.lease)
  end
end

-- Moves the task to the run and the state of the event.
local function advance(record, event, task, verdict)
  local run, before = task.run, task.state
  local state = event.state or 'PENDING'
  local again = verdict == 'begin' and run
  if again then
    forget(task, ARRIVAL)
    close_run(task)
  end
  -- A try that waits for its time still shows why the last one failed.
  if (state == 'STARTED' and before ~= 'STARTED') or before == 'LOST' or (again and state ~= 'RETRY') then
    forget(task, OUTCOME)
  end
  if event.run then
    -- Not every event of a run names its attempt.
    task.attempt = verdict == 'begin' and event.attempt or math.max(task.attempt, event.attempt)
    task.run, task.json_run = event.run, event.json_run
  end
  for field, value in pairs(event.set or {}) do place(task, field)[field] = value end
  for field, value in pairs(event.long_set or {}) do task.long[field] = value end
  if verdict == 'begin' then
    -- The event that it started may arrive before those that it was sent and received; it was in those states as well.
    for i = 1, #(event.passed or {}), 2 do
      if not (before and event.passed[i] == 'PENDING') then
        append_log(record, task, event.passed[i + 1], 'state', '"info"', '"' .. event.passed[i] .. '"')
      end
    end
  end
  if event.rank >= LOST then task.over_at = event.at end
  if state ~= before or verdict == 'begin' then enter_state(record, task, state, event.rank, event.at) end
  task.rank = event.rank
  set_lease(record, task, event.lease or (verdict == 'ok' and task.lease), event.lease)
end

-- A task that is not known yet; nil if it was removed, and the event is about what it was before.
local function new_task(record, event)
  local over_at = redis.call('HGET', record.over, event.id)
  if over_at and tonumber(event.at) <= tonumber(over_at) then return nil end
  if over_at then redis.call('HDEL', record.over, event.id) end
  local task = {
    id = event.id, json_id = event.json_id, first = record.offset + 1, attempt = 0, runs = ' ',
    heard = {}, row = {}, told = '', long = {}, spoke = 0, spoken = 0,
  }
  record.tasks[event.id] = task
  redis.call('ZREM', record.gone, event.id)
  record.more = true
  return task
end

-- Applies one event. Returns its verdict.
local function apply(record, event)
  local task = find(record, event.id) or new_task(record, event)
  if not task then return 'zombie' end
  local verdict = judge(task, event)
  if verdict == 'duplicate' then return verdict end
  touch(record, task)
  remember_source(task, event)
  if verdict == 'begin' and task.rank and is_sent_again(task, event) then
    forget(task, DESCRIPTION)
    redis.call('DEL', record.prefix .. 'call:' .. event.id)
  end
  fill_in(task, event.first, event.long_first)
  if event.call then redis.call('SET', record.prefix .. 'call:' .. event.id, event.call, 'NX') end
  if verdict == 'begin' or verdict == 'ok' then
    advance(record, event, task, verdict)
  elseif verdict == 'stale' and event.rank < OVER then -- late, but it may hold fields that are not known yet
    fill_in(task, event.set, event.long_set)
  end
  local log = event.log or {}
  for i = 1, #log, 3 do append_log(record, task, log[i], 'log', log[i + 1], log[i + 2]) end
  return verdict
end
