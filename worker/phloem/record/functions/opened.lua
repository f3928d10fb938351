-- The record of one namespace. Everything about it changes here, in one atomic call, or not at all. What a task is, and
-- what becomes of it, is in `task.lua`, which is loaded before this.
--
-- A call reads each task that it needs once, and writes what it changed once, at its end.

local GONE_KEPT = 10000      -- removals remembered; a reader further behind starts anew
local AT_ONCE = 100          -- tasks removed or given up in one call: bounds its time
local LOG_KEPT = $LOG_LIMIT_ENTRIES -- entries of one task's log
local LEASE = $LEASE_SECONDS             -- seconds after which a worker that is not heard of is gone
-- Seconds that a server which comes back may have forgotten: it writes every second. Of a short lease less is left.
local FORGOTTEN = LEASE < 5 and LEASE - 2 or 3

local VANISHED = '{"type":"WorkerLost","message":"Its worker vanished: nothing was heard of it for '
  .. LEASE .. ' seconds.","traceback":null}'
local STOPPED = '{"type":"WorkerLost","message":"Its worker was stopped while it ran.","traceback":null}'

-- The run id of this server process. An offset can go back under one epoch when a server comes up from an older
-- image or a replica is promoted; both are another process than the one that `meta` was written by.
local boot

-- When each namespace was last asked for anything. Watched or worked for, it is asked every two seconds.
local called = {}

-- When each namespace was last looked through for tasks that ended too long ago. Once a second is often enough.
local aged = {}

-- The call of each sender that its next one, sent already, has to come after.
local in_turn = {}

-- Calls with a thousand of the values at a time: one command for many tasks costs less than many commands.
local function by_thousand(values, call)
  for i = 1, #values, 1000 do call(unpack(values, i, math.min(i + 999, #values))) end
end

local function boot_mark()
  if not boot then
    boot = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or 'unknown'
  end
  return boot
end

local function open(keys, candidate)
  local prefix, meta = string.sub(keys[1], 1, -5), keys[1] -- without "meta"
  local held, time = redis.call('HMGET', meta, 'epoch', 'offset', 'floor', 'boot', 'counts', 'seen'), redis.call('TIME')
  local record = {
    prefix = prefix, meta = meta, index = prefix .. 'index', ended = prefix .. 'ended', gone = prefix .. 'gone',
    over = prefix .. 'over', leases = prefix .. 'leases', epoch = held[1], offset = tonumber(held[2]) or 0, floor = tonumber(held[3]) or 0,
    now = tonumber(time[1]), micros = tonumber(time[1]) * 1000000 + tonumber(time[2]),
    counts = held[5], tasks = {}, changed = {}, removed = {},
  }
  record.from = record.offset
  local over = 0
  if not record.epoch or held[4] ~= boot_mark() then
    over = (tonumber(held[6]) or 0) + FORGOTTEN
    record.epoch = candidate
    redis.call('HSET', meta, 'epoch', candidate, 'boot', boot_mark(), 'offset', whole(record.offset))
  end
  -- While this server was away or stood still, nobody could say that they are there. Whose time was all but over before
  -- it went is not waited for once more: their tasks may have been LOST already, and that forgotten.
  if record.now - (called[prefix] or 0) > math.max(LEASE / 2, 2) then
    for _, lease in ipairs(redis.call('ZRANGEBYSCORE', record.leases, '(' .. whole(over), '+inf')) do
      redis.call('ZADD', record.leases, whole(record.now + LEASE), lease)
    end
  end
  called[prefix] = record.now
  if held[6] ~= whole(record.now) then redis.call('HSET', meta, 'seen', whole(record.now)) end
  return record
end

-- The task as this call has it by now; nil if nobody knows it.
local function find(record, id)
  local task = record.tasks[id]
  if not task then
    local kept = redis.call('GET', record.prefix .. 'task:' .. id)
    if not kept then return nil end
    task = cmsgpack.unpack(kept)
    record.tasks[id] = task
  end
  return task
end

-- Reads the tasks that the events are of.
local function find_all(record, events)
  local keys, first = {}, 0
  for i, event in ipairs(events) do keys[i] = record.prefix .. 'task:' .. event.id end
  by_thousand(keys, function(...)
    for i, kept in ipairs(redis.call('MGET', ...)) do
      local id = events[first + i].id
      if kept and not record.tasks[id] then record.tasks[id] = cmsgpack.unpack(kept) end
    end
    first = first + 1000
  end)
end

local function count(record, state, by)
  if not state then return end
  if type(record.counts) ~= 'table' then record.counts = record.counts and cjson.decode(record.counts) or {} end
  record.counts[state] = (record.counts[state] or 0) + by
end

-- Gives the task its next offset, and notes that it is to be written and published.
local function touch(record, task)
  record.offset = record.offset + 1
  task.offset, task.touched = record.offset, record.now
  if not task.said then
    task.said = {} -- what it says in this call
    table.insert(record.changed, task)
  end
end

-- Adds an entry to the task's log. Ids are milliseconds and a number, and grow also where the clock goes back.
local function say(record, task, at, kind, level, message)
  local now = math.floor(record.micros / 1000)
  if now > task.spoke then
    task.spoke, task.spoken = now, 0
  else
    task.spoken = task.spoken + 1
  end
  task.said[#task.said + 1] = string.format('{"id":"%d-%d","at":', task.spoke, task.spoken) .. at
    .. ',"kind":"' .. kind .. '","level":' .. level .. ',"message":' .. message .. '}'
end

-- Puts the task into a state, in the counts and among those that ended as well, and says so.
local function enter(record, task, state, rank, at)
  if state ~= task.state then
    count(record, task.state, -1)
    count(record, state, 1)
  end
  if rank >= LOST then
    record.micros = record.micros + 1 -- of those that end in one call, too, the first goes first
    redis.call('ZADD', record.ended, whole(record.micros), task.id)
    record.more = true
  elseif (task.rank or 0) >= LOST then
    redis.call('ZREM', record.ended, task.id)
  end
  task.state, task.rank = state, rank
  say(record, task, at, 'state', '"info"', '"' .. state .. '"')
end

-- Notes which worker answers for the task: until its try is over, and until the next one is sent if the event says so.
local function answer_for(record, task, lease, said)
  local before = task.lease
  task.lease = task.rank < RETRY and lease or task.rank == RETRY and said or nil
  if before == task.lease then return end
  if before then redis.call('SREM', record.prefix .. 'lease:' .. before, task.id) end
  if task.lease then
    redis.call('SADD', record.prefix .. 'lease:' .. task.lease, task.id)
    redis.call('ZADD', record.leases, 'NX', whole(record.now + LEASE), task.lease)
  end
end

-- Moves the task to the event's run and state.
local function advance(record, event, task, verdict)
  local run, before = task.run, task.state
  local state = event.state or 'PENDING'
  local again = verdict == 'begin' and run
  if again then
    forget(task, ARRIVAL)
    run_is_over(task)
  end
  -- A try that only waits for its time still shows why the last one failed.
  if (state == 'STARTED' and before ~= 'STARTED') or before == 'LOST' or (again and state ~= 'RETRY') then
    forget(task, OUTCOME)
  end
  if event.run then
    -- Not every event of a run tells of its attempt.
    task.attempt = verdict == 'begin' and event.attempt or math.max(task.attempt, event.attempt)
    task.run, task.json_run = event.run, event.json_run
  end
  for field, value in pairs(event.set or {}) do place(task, field)[field] = value end
  for field, value in pairs(event.long_set or {}) do task.long[field] = value end
  if verdict == 'begin' then
    -- Who says that it started may come before who says that it was sent and received; it was, all the same.
    for i = 1, #(event.passed or {}), 2 do
      if not (before and event.passed[i] == 'PENDING') then
        say(record, task, event.passed[i + 1], 'state', '"info"', '"' .. event.passed[i] .. '"')
      end
    end
  end
  if event.rank >= LOST then task.over_at = event.at end
  if state ~= before or verdict == 'begin' then enter(record, task, state, event.rank, event.at) end
  task.rank = event.rank
  answer_for(record, task, event.lease or (verdict == 'ok' and task.lease), event.lease)
end

-- Takes one event. Returns its verdict.
local function apply(record, event)
  local task = find(record, event.id)
  if not task then
    local over_at = redis.call('HGET', record.over, event.id)
    if over_at and tonumber(event.at) <= tonumber(over_at) then return 'zombie' end
    if over_at then redis.call('HDEL', record.over, event.id) end
    task = {
      id = event.id, json_id = event.json_id, first = record.offset + 1, attempt = 0, runs = ' ',
      heard = {}, row = {}, told = '', long = {}, spoke = 0, spoken = 0,
    }
    record.tasks[event.id] = task
    redis.call('ZREM', record.gone, event.id)
    record.more = true
  end
  local verdict = judge(task, event)
  if verdict == 'duplicate' then return verdict end
  touch(record, task)
  hear(task, event)
  if verdict == 'begin' and task.rank and is_sent_again(task, event) then
    forget(task, DESCRIPTION)
    redis.call('DEL', record.prefix .. 'call:' .. event.id)
  end
  add(task, event.first, event.long_first)
  if event.call then redis.call('SET', record.prefix .. 'call:' .. event.id, event.call, 'NX') end
  if verdict == 'begin' or verdict == 'ok' then
    advance(record, event, task, verdict)
  elseif verdict == 'stale' and event.rank < OVER then -- late, but it may say what nobody else has
    add(task, event.set, event.long_set)
  end
  local log = event.log or {}
  for i = 1, #log, 3 do say(record, task, log[i], 'log', log[i + 1], log[i + 2]) end
  return verdict
end

-- What becomes of a task whose worker is gone. One that said goodbye has put back what it had not begun.
local function let_go(record, id, lease, goodbye)
  local task = find(record, id)
  if not task or task.lease ~= lease then return end -- another run of it is elsewhere
  touch(record, task)
  task.lease = nil
  local at = string.format('%.3f', record.micros / 1000000)
  if goodbye and task.rank <= RECEIVED then
    run_is_over(task)
    task.run = nil
    forget(task, ARRIVAL)
    enter(record, task, 'PENDING', 0, at)
  else
    task.over_at = at
    task.row.finished_at, task.row.error, task.long.error = at, goodbye and STOPPED or VANISHED, nil
    enter(record, task, 'LOST', LOST, at)
  end
end

-- Lets go of the tasks of workers that were not heard of for too long. Who else beats, or reads, brings that to light.
local function expire(record)
  local left = AT_ONCE
  local gone = redis.call('ZRANGEBYSCORE', record.leases, '-inf', '(' .. whole(record.now), 'LIMIT', 0, AT_ONCE)
  for _, lease in ipairs(gone) do
    local ids = redis.call('SPOP', record.prefix .. 'lease:' .. lease, left)
    for _, id in ipairs(ids) do let_go(record, id, lease, false) end
    left = left - #ids
    if left == 0 then return end -- it may have more; the next call goes on
    redis.call('ZREM', record.leases, lease)
  end
end

-- Writes the tasks that changed, and what they said.
local function write(record)
  local tasks, places = {}, {}
  for i, task in ipairs(record.changed) do
    local said = task.said
    task.said = nil
    if task.opened then
      task.told = tell(task.opened)
      task.opened = nil
    end
    tasks[2 * i - 1], tasks[2 * i] = record.prefix .. 'task:' .. task.id, cmsgpack.pack(task)
    places[2 * i - 1], places[2 * i] = whole(task.offset), task.id
    if #said > 0 then
      local log = record.prefix .. 'log:' .. task.id
      local length = redis.call('RPUSH', log, unpack(said, math.max(1, #said - LOG_KEPT + 1)))
      if length > LOG_KEPT then redis.call('LTRIM', log, -LOG_KEPT, -1) end
    end
    task.said = said
  end
  by_thousand(tasks, function(...) redis.call('MSET', ...) end)
  by_thousand(places, function(...) redis.call('ZADD', record.index, ...) end)
end

local function remove(record, id)
  local task = find(record, id)
  if task then
    count(record, task.state, -1)
    task.removed = true
    if task.over_at then redis.call('HSET', record.over, id, task.over_at) end
    if task.lease then redis.call('SREM', record.prefix .. 'lease:' .. task.lease, id) end
  end
  redis.call('DEL', record.prefix .. 'task:' .. id, record.prefix .. 'log:' .. id, record.prefix .. 'call:' .. id)
  record.offset = record.offset + 1
  redis.call('ZADD', record.gone, whole(record.offset), id)
end

-- Removes tasks: while more than `most` have ended those that ended first, else those that nothing was said of since
-- `oldest`. When they were over is remembered with their removal: what is said of them later comes too late.
local function retain(record, most, oldest)
  if not record.more and aged[record.prefix] == record.now then return end
  local over, removed = redis.call('ZCARD', record.ended) - most, {}
  if over > 0 then
    removed = redis.call('ZRANGE', record.ended, 0, math.min(over, AT_ONCE) - 1)
  elseif aged[record.prefix] ~= record.now then
    aged[record.prefix] = record.now
    for _, id in ipairs(redis.call('ZRANGE', record.index, 0, AT_ONCE - 1)) do -- from the one that changed first
      local task = find(record, id)
      if task and task.touched >= oldest then break end
      removed[#removed + 1] = id
    end
  end
  if #removed == 0 then return end
  redis.call('ZREM', record.ended, unpack(removed))
  redis.call('ZREM', record.index, unpack(removed))
  for _, id in ipairs(removed) do remove(record, id) end
  local extra = redis.call('ZCARD', record.gone) - GONE_KEPT
  if extra > 0 then
    local forgotten = redis.call('ZPOPMIN', record.gone, extra)
    for i = 1, #forgotten, 2 do redis.call('HDEL', record.over, forgotten[i]) end
    record.floor = tonumber(forgotten[#forgotten])
    redis.call('HSET', record.meta, 'floor', whole(record.floor))
  end
  record.removed = removed
end

-- A stretch of the record as readers get it. Joined once: text that only goes into other text costs as much to make.
local function changes(record, from, to, tasks, logs, drop, reset)
  local parts = { '{"epoch":"', record.epoch, '","from":', whole(from), ',"to":', whole(to), ',"tasks":[' }
  add_rows(tasks, parts)
  parts[#parts + 1] = '],"logs":{' .. table.concat(logs, ',')
    .. '},"drop":' .. (#drop > 0 and cjson.encode(drop) or '[]')
    .. ',"reset":' .. (reset and 'true' or 'false')
    .. ',"at":' .. string.format('%.6f', record.micros / 1000000) .. '}'
  return table.concat(parts)
end

-- Publishes what this call changed, as one message.
local function close(record)
  if record.offset == record.from then return end
  if type(record.counts) == 'table' then
    redis.call('HSET', record.meta, 'offset', whole(record.offset), 'counts', cjson.encode(record.counts))
  else
    redis.call('HSET', record.meta, 'offset', whole(record.offset))
  end
  local tasks, logs = {}, {}
  for _, task in ipairs(record.changed) do
    if not task.removed then
      tasks[#tasks + 1] = task
      if #task.said > 0 then
        logs[#logs + 1] = quoted(task.id, task.json_id) .. ':[' .. table.concat(task.said, ',') .. ']'
      end
    end
  end
  local message = changes(record, record.from, record.offset, tasks, logs, record.removed, false)
  redis.call('PUBLISH', record.prefix .. 'events', message)
end

-- KEYS: meta. ARGS: an epoch to use if a new one starts, the epoch that the sender knows or "", most tasks, longest
-- age in seconds, events (MessagePack), the sender, its call that has to be recorded before this one or "", and the name
-- of this one for the call that follows it or "". Records the events in order. Returns the epoch and a verdict for each
-- as words; none, and nothing is recorded, if something has to come before: if the sender knows another epoch, which may
-- have forgotten what it sent, or if the call before failed.
local function record_events(keys, args)
  local record = open(keys, args[1])
  local reply, sender = { record.epoch }, args[6]
  if args[2] ~= '' and args[2] ~= record.epoch then return record.epoch end
  if args[7] ~= '' and in_turn[sender] ~= args[7] then return record.epoch end
  local events = cmsgpack.unpack(args[5])
  find_all(record, events)
  for i, event in ipairs(events) do reply[i + 1] = apply(record, event) end
  write(record)
  retain(record, tonumber(args[3]), record.now - tonumber(args[4]))
  close(record)
  in_turn[sender] = args[8] ~= '' and args[8] or nil
  return table.concat(reply, ' ')
end

-- KEYS: meta. ARGS: an epoch to use if a new one starts, a lease, the seconds that it lasts from now; 0 ends it.
-- A worker says that it is there, or goodbye. Returns the epoch, and whether to say it again for tasks that are left.
local function beat(keys, args)
  local record = open(keys, args[1])
  local lease, seconds, more = args[2], tonumber(args[3]), false
  if seconds > 0 then
    redis.call('ZADD', record.leases, whole(record.now + seconds), lease)
    expire(record)
  else
    local ids = redis.call('SPOP', record.prefix .. 'lease:' .. lease, AT_ONCE)
    for _, id in ipairs(ids) do let_go(record, id, lease, true) end
    more = #ids == AT_ONCE
    if not more then redis.call('ZREM', record.leases, lease) end
  end
  write(record)
  close(record)
  return { record.epoch, more and 1 or 0 }
end

-- KEYS: meta. ARGS: an epoch to use if a new one starts, the reader's epoch and offset, the offset up to which it
-- knows of every removal, most tasks to return. Returns the next stretch of the record, then the head's offset.
local function changed_since(keys, args)
  local record = open(keys, args[1])
  local since, known, limit = tonumber(args[3]), tonumber(args[4]), tonumber(args[5])
  expire(record)
  write(record)
  close(record)
  local reset = args[2] ~= record.epoch or since > record.offset or known < record.floor
  if reset then since = 0 end
  local found = redis.call('ZRANGEBYSCORE', record.index, '(' .. whole(since), '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
  local to = #found == limit * 2 and tonumber(found[#found]) or record.offset
  local tasks = {}
  for i = 1, #found, 2 do tasks[#tasks + 1] = find(record, found[i]) end -- nil: somebody else deleted it
  local drop = reset and {} or redis.call('ZRANGEBYSCORE', record.gone, '(' .. whole(since), whole(to))
  return { changes(record, since, to, tasks, {}, drop, reset), record.offset }
end

redis.register_function('$NAME_record', record_events)
redis.register_function('$NAME_beat', beat)
redis.register_function('$NAME_changed', changed_since)
