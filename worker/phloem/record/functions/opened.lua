-- The record of one namespace, as one call has opened it: its meta data, and the tasks that the call has read. A call
-- reads each task that it needs once, and writes those that it changed once, at its end.

local LEASE = $LEASE_SECONDS -- seconds after which a worker that was not heard of is gone

-- Seconds of writes that a server which comes back may have lost (it syncs every second); shorter for a short lease.
local LOST_WRITES = LEASE < 5 and LEASE - 2 or 3

-- The run id of this server process. A server that comes up from an older image, or a replica that is promoted, may
-- give out offsets under the same epoch again; both are another process than the one that wrote `meta`.
local boot

-- When each namespace was last called, in Unix seconds. While a worker or a reader is there, that is every two seconds.
local called = {}

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

-- Opens the record for one call, in the epoch `candidate` if a new one begins.
local function open(keys, candidate)
  local prefix, meta = string.sub(keys[1], 1, -5), keys[1] -- without "meta"
  local held, time = redis.call('HMGET', meta, 'epoch', 'offset', 'floor', 'boot', 'counts', 'seen'), redis.call('TIME')
  local record = {
    prefix = prefix, meta = meta, index = prefix .. 'index', ended = prefix .. 'ended', gone = prefix .. 'gone',
    over = prefix .. 'over', leases = prefix .. 'leases', epoch = held[1],
    offset = tonumber(held[2]) or 0, floor = tonumber(held[3]) or 0,
    now = tonumber(time[1]), micros = tonumber(time[1]) * 1000000 + tonumber(time[2]),
    counts = held[5], tasks = {}, changed = {}, removed = {},
  }
  record.from = record.offset
  local ended_before = 0
  if not record.epoch or held[4] ~= boot_mark() then
    ended_before = (tonumber(held[6]) or 0) + LOST_WRITES
    record.epoch = candidate
    redis.call('HSET', meta, 'epoch', candidate, 'boot', boot_mark(), 'offset', whole(record.offset))
  end
  -- While this server was away or stood still no worker could renew its lease, so leases start over. Not those that had
  -- almost ended when the server went: their tasks may have been LOST already, and that write may be among the lost ones.
  if record.micros / 1000000 - (called[prefix] or 0) > math.max(LEASE / 2, 2) then
    for _, lease in ipairs(redis.call('ZRANGEBYSCORE', record.leases, '(' .. whole(ended_before), '+inf')) do
      redis.call('ZADD', record.leases, whole(record.now + LEASE), lease)
    end
  end
  called[prefix] = record.micros / 1000000
  if held[6] ~= whole(record.now) then redis.call('HSET', meta, 'seen', whole(record.now)) end
  return record
end

-- The task as this call has it by now; nil if it is not known.
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

-- Reads the tasks of the events.
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

-- Changes the count of tasks in a state.
local function count(record, state, by)
  if not state then return end
  if type(record.counts) ~= 'table' then record.counts = record.counts and cjson.decode(record.counts) or {} end
  record.counts[state] = (record.counts[state] or 0) + by
end

-- Gives the task the next offset, and marks it as one to write and publish.
local function touch(record, task)
  record.offset = record.offset + 1
  task.offset, task.touched = record.offset, record.now
  if not task.said then
    task.said = {} -- its log entries of this call
    table.insert(record.changed, task)
  end
end

-- Adds an entry to the task's log. Ids are milliseconds and a number, and grow also where the clock goes back.
local function append_log(record, task, at, kind, level, message)
  local now = math.floor(record.micros / 1000)
  if now > task.spoke then
    task.spoke, task.spoken = now, 0
  else
    task.spoken = task.spoken + 1
  end
  task.said[#task.said + 1] = string.format('{"id":"%d-%d","at":', task.spoke, task.spoken) .. at
    .. ',"kind":"' .. kind .. '","level":' .. level .. ',"message":' .. message .. '}'
end

-- Puts the task into a state: in the counts, among the tasks that ended, and in its log.
local function enter_state(record, task, state, rank, at)
  if state ~= task.state then
    count(record, task.state, -1)
    count(record, state, 1)
  end
  if rank >= LOST then
    record.micros = record.micros + 1 -- of tasks that end in one call, too, the first goes first
    redis.call('ZADD', record.ended, whole(record.micros), task.id)
    record.more = true
  elseif (task.rank or 0) >= LOST then
    redis.call('ZREM', record.ended, task.id)
  end
  task.state, task.rank = state, rank
  append_log(record, task, at, 'state', '"info"', '"' .. state .. '"')
end
