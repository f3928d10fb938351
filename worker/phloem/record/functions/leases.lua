-- Leases: what becomes of the tasks of a worker that is gone.

local HOLDER = { 'worker', 'received_at' } -- fields that tell which worker holds the message
local RELEASED_AT_ONCE = 100 -- tasks released in one call: bounds its time

local VANISHED = '{"type":"WorkerLost","message":"Its worker vanished: nothing was heard of it for '
  .. LEASE .. ' seconds.","traceback":null}'
local STOPPED = '{"type":"WorkerLost","message":"Its worker was stopped while it ran.","traceback":null}'

-- Takes a task from its worker. What that had not begun waits for another: its message, which it had not acknowledged,
-- goes back to the broker.
local function release(record, id, lease, goodbye)
  local task = find(record, id)
  if not task or task.lease ~= lease then return end -- another run of it is elsewhere
  touch(record, task)
  task.lease = nil
  local at = string.format('%.3f', record.micros / 1000000)
  if task.rank <= RECEIVED and task.state ~= 'STARTED' then
    if goodbye then close_run(task) end -- else it may only be cut off, and begin it all the same
    task.run = nil
    forget(task, HOLDER)
    if (facts(task).retries or '0') == '0' then
      enter_state(record, task, 'PENDING', 0, at)
    else
      enter_state(record, task, 'RETRY', RETRY, at)
    end
  else
    if task.kept then forget_outcome(task) end
    task.over_at = at
    task.row.finished_at, task.row.error, task.long.error = at, goodbye and STOPPED or VANISHED, nil
    enter_state(record, task, 'LOST', LOST, at)
  end
end

-- Remembers when the lease of a worker ended, and how. Processes without a worker have leases as well.
local function depart(record, lease, how)
  redis.call('ZREM', record.leases, lease)
  if redis.call('HEXISTS', record.prefix .. 'workers', lease) == 1 then
    redis.call('HSET', record.prefix .. 'departed', lease, whole(record.now) .. ' ' .. how)
  end
end

-- Releases the tasks of leases that have run out. The heartbeat of any worker, and any reader, brings that about.
local function expire(record)
  local left = RELEASED_AT_ONCE
  local gone = redis.call('ZRANGEBYSCORE', record.leases, '-inf', '(' .. whole(record.now), 'LIMIT', 0, RELEASED_AT_ONCE)
  for _, lease in ipairs(gone) do
    local ids = redis.call('SPOP', record.lease .. lease, left)
    for _, id in ipairs(ids) do release(record, id, lease, false) end
    left = left - #ids
    if left == 0 then return end -- it may have more; the next call goes on
    depart(record, lease, 'lost')
  end
end

-- Releases the tasks of a worker that said goodbye. Returns whether some may be left.
local function say_goodbye(record, lease)
  local ids = redis.call('SPOP', record.lease .. lease, RELEASED_AT_ONCE)
  for _, id in ipairs(ids) do release(record, id, lease, true) end
  local more = #ids == RELEASED_AT_ONCE
  if not more then depart(record, lease, 'goodbye') end
  return more
end
