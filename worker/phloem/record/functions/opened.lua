-- The record of one namespace, as one call has opened it: its meta data, and the tasks that the call has read. A call
-- reads each task that it needs once, and writes those that it changed once, at its end.

local LEASE = $LEASE_SECONDS -- seconds after which a worker that was not heard of is gone

-- The format of the record's keys and values; a record that names none has the first.
local FORMAT = '$FORMAT'

-- Seconds of writes that a server which comes back may have lost (it syncs every second); shorter for a short lease.
local LOST_WRITES = LEASE < 5 and LEASE - 2 or 3

-- The run id of this server process. A server that comes up from an older image, or a replica that is promoted, may
-- give out offsets under the same epoch again; both are another process than the one that wrote `meta`.
local boot

-- Whether this server is a node of a cluster: the channel of messages is then one of its shard, as the keys are.
local clustered

-- When each namespace was last called, in Unix seconds. While a worker or a reader is there, that is every two seconds.
local called = {}

-- By how many bytes each namespace has grown since that was last added to `meta`, which is once a second.
local grown = {}

-- What the messages of each namespace are sealed with.
local seals = {}

-- Bytes of one task beyond which its value is none of ours: reading it would hold up everybody.
local TASK_LIMIT = 8 * 1024 * 1024

-- What the key, the places in sets and the memory around the values of one task take, in bytes. About 400 were measured.
local TASK_COST = 400

-- Calls a command of a key with a thousand of the values at a time.
local function by_thousand(values, command, key)
  for i = 1, #values, 1000 do redis.call(command, key, unpack(values, i, math.min(i + 999, #values))) end
end

local function boot_mark()
  if not boot then
    local said = redis.call('INFO', 'server')
    boot, clustered = string.match(said, 'run_id:(%x+)') or 'unknown', string.find(said, 'mode:cluster') ~= nil
  end
  return boot
end

-- Refuses a call while the slot of the record moves to another node key by key: the call would find some keys and miss
-- others, and might write some and fail at others. The server says of a key that is nowhere whether its slot moves.
local function refuse_to_split(prefix)
  if boot_mark() and clustered and type(redis.pcall('EXISTS', prefix .. 'nowhere')) == 'table' then
    error({ err = 'TRYAGAIN The slot of the record moves to another node' })
  end
end

-- What messages of this namespace are sealed with. Who may publish and no more does not know the run id of the server.
local function seal_of(prefix)
  if not seals[prefix] then seals[prefix] = redis.sha1hex(prefix .. boot_mark()) end
  return seals[prefix]
end

-- The names of the keys of each namespace, by that of its meta data: to join them costs as much as a command.
local names = {}

local function names_of(meta)
  local prefix = string.sub(meta, 1, -5) -- without "meta"
  names[meta] = { __index = {
    prefix = prefix, meta = meta, index = prefix .. 'index', ended = prefix .. 'ended', gone = prefix .. 'gone',
    over = prefix .. 'over', leases = prefix .. 'leases', events = prefix .. 'events',
    task = prefix .. 'task:', log = prefix .. 'log:', call = prefix .. 'call:', lease = prefix .. 'lease:',
  } }
  return names[meta]
end

-- The record as it is held, and its meta data as they were read. Writes nothing.
local function look(keys)
  local meta = keys[1]
  local named = names[meta] or names_of(meta)
  refuse_to_split(named.__index.prefix)
  local held = redis.call('HMGET', meta, 'epoch', 'offset', 'floor', 'boot', 'counts', 'seen', 'bytes', 'format')
  if held[8] and held[8] ~= FORMAT then error({ err = 'FORMAT ' .. held[8] }) end
  local time = redis.call('TIME')
  local offset, now = tonumber(held[2]) or 0, tonumber(time[1])
  local micros = now * 1000000 + tonumber(time[2])
  local record = setmetatable({
    epoch = held[1], offset = offset, from = offset, floor = tonumber(held[3]) or 0,
    now = now, opened_at = micros, micros = micros,
    counts = held[5], tasks = {}, sizes = {}, changed = {}, removed = {},
    over_at = {}, came = {}, calls = {}, ends = {}, -- see `find_all` and `write`
  }, named)
  local prefix = record.prefix
  -- Where it was not counted before, it is estimated; where another server counted, this one begins anew.
  if not held[7] or held[4] ~= boot_mark() then grown[prefix] = 0 end
  record.held_bytes = tonumber(held[7]) or redis.call('ZCARD', record.index) * 2 * TASK_COST
  record.bytes = record.held_bytes + (grown[prefix] or 0)
  return record, held
end

-- Opens the record for one call, in the epoch `candidate` if a new one begins.
local function open(keys, candidate)
  local record, held = look(keys)
  local prefix, meta = record.prefix, record.meta
  local ended_before = 0
  if not record.epoch or held[4] ~= boot_mark() then
    ended_before = (tonumber(held[6]) or 0) + LOST_WRITES
    record.epoch = candidate
    redis.call('HSET', meta, 'epoch', candidate, 'boot', boot_mark(), 'offset', whole(record.offset), 'format', FORMAT)
  end
  -- While this server was away or stood still no worker could renew its lease, so leases start over. Not those that had
  -- almost ended when the server went: their tasks may have been LOST already, and that write may be among the lost ones.
  if record.micros / 1000000 - (called[prefix] or 0) > math.max(LEASE / 2, 2) then
    for _, lease in ipairs(redis.call('ZRANGEBYSCORE', record.leases, '(' .. whole(ended_before), '+inf')) do
      redis.call('ZADD', record.leases, whole(record.now + LEASE), lease)
    end
  end
  called[prefix] = record.micros / 1000000
  if tonumber(held[6]) ~= record.now then
    redis.call('HSET', meta, 'seen', whole(record.now), 'bytes', whole(math.max(0, record.bytes)))
    record.held_bytes, grown[prefix] = record.bytes, 0
  end
  return record
end

-- The task in a value that was stored under its key. Raises where that is not what we store; told in operators alone,
-- since every event goes through here.
local function unpacked(kept)
  local task = cmsgpack.unpack(kept)
  local _ = task.offset + task.first + task.attempt + task.rank + task.touched + task.spoke + task.spoken
    + #task.state + #task.told + #task.runs + #task.row + #task.long + #task.heard
  return task
end

-- Takes in what was read of a task under a key.
local function take(record, id, key, kept)
  record.sizes[id] = #kept
  if #kept > TASK_LIMIT then return nil end
  local good, task = true, recall(key, kept)
  if task then
    task.said, task.removed = nil, nil
  else
    good, task = pcall(unpacked, kept)
  end
  if not good or task.id ~= id then return nil end -- somebody else wrote it
  record.tasks[id] = task
  return task
end

-- The task as this call has it by now; nil if it is not known, or if its key holds something else.
local function find(record, id)
  local task = record.tasks[id]
  if not task then
    if record.over_at[id] ~= nil then return nil end -- `find_all` has looked
    local key = record.task .. id
    local kept = redis.pcall('GET', key)
    if type(kept) ~= 'string' then return nil end
    task = take(record, id, key, kept)
  end
  return task
end

-- Reads the tasks of the events, each once: most events of a call are about few tasks.
local function find_all(record, events)
  if #events == 1 then return find(record, events[1].id) end
  local ids, keys, asked, unknown = {}, {}, {}, {}
  for _, event in ipairs(events) do
    local id = event.id
    if not asked[id] then
      asked[id] = true
      ids[#ids + 1], keys[#keys + 1] = id, record.task .. id
    end
  end
  for first = 1, #keys, 1000 do
    for i, kept in ipairs(redis.call('MGET', unpack(keys, first, math.min(first + 999, #keys)))) do
      local place = first + i - 1
      if kept then take(record, ids[place], keys[place], kept) else unknown[#unknown + 1] = ids[place] end
    end
  end
  for first = 1, #unknown, 1000 do -- one of them may be of a task that was removed
    local found = redis.call('HMGET', record.over, unpack(unknown, first, math.min(first + 999, #unknown)))
    for i, over_at in ipairs(found) do record.over_at[unknown[first + i - 1]] = over_at end
  end
end

-- Changes the count of tasks in a state.
local function count(record, state, by)
  if not state then return end
  local counts = record.counts
  if type(counts) ~= 'table' then
    counts = counts and (recall(record.meta, counts) or cjson.decode(counts)) or {}
    record.counts = counts
  end
  counts[state] = (counts[state] or 0) + by
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
  task.said[#task.said + 1] = '{"id":"' .. whole(task.spoke) .. '-' .. whole(task.spoken) .. '","at":' .. at
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
    record.ends[task.id] = record.micros
    record.more = true
  elseif (task.rank or 0) >= LOST then
    redis.call('ZREM', record.ended, task.id)
    record.ends[task.id] = nil
  end
  task.state, task.rank = state, rank
  append_log(record, task, at, 'state', '"info"', '"' .. state .. '"')
end
