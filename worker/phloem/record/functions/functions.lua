-- The functions that Redis registers. Each is called with the key of `meta`, and first with the name of an epoch to use
-- if a new one begins.

-- For each sender, the name of the call that its next one, which may be sent already, has to follow.
local in_turn = {}

-- Further arguments: the epoch that the sender knows or "", the most tasks, their most bytes, the longest age in seconds,
-- the events (MessagePack), the sender, the name of the call that must be recorded before this one or "", and the name of this one
-- for the call that follows it or "".
-- Records the events in order. Returns the epoch and a verdict for each event, as words. Records nothing and returns no
-- verdicts if something has to come before: if the sender knows another epoch, since this one may have forgotten what it
-- sent, or if the call before failed.
local function record_events(keys, args)
  local record = open(keys, args[1])
  local reply, sender = { record.epoch }, args[7]
  if args[2] ~= '' and args[2] ~= record.epoch then return record.epoch end
  if args[8] ~= '' and in_turn[sender] ~= args[8] then return record.epoch end
  local events = cmsgpack.unpack(args[6])
  find_all(record, events)
  for i, event in ipairs(events) do reply[i + 1] = apply(record, event) end
  write(record)
  retain(record, tonumber(args[3]), tonumber(args[4]), record.now - tonumber(args[5]))
  publish(record)
  in_turn[sender] = args[9] ~= '' and args[9] or nil
  return table.concat(reply, ' ')
end

-- Further arguments: a lease, and the seconds that it lasts from now; 0 ends it.
-- Renews or ends the lease of a worker. Returns the epoch, and 1 if it has to be ended again for tasks that are left.
local function heartbeat(keys, args)
  local record = open(keys, args[1])
  local lease, seconds, more = args[2], tonumber(args[3]), false
  if seconds > 0 then
    redis.call('ZADD', record.leases, whole(record.now + seconds), lease)
    expire(record)
  else
    more = say_goodbye(record, lease)
  end
  write(record)
  publish(record)
  return { record.epoch, more and 1 or 0 }
end

-- The next range of the record for a reader. `apart`: its tasks as texts of their own, so that one of them which is no
-- JSON spoils none of the others.
local function range_since(record, args, apart)
  local since, known, limit = tonumber(args[3]), tonumber(args[4]), tonumber(args[5])
  local reset = args[2] ~= record.epoch or since > record.offset or known < record.floor
  if reset then since = 0 end
  local found = redis.call('ZRANGEBYSCORE', record.index, '(' .. whole(since), '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
  local to = #found == limit * 2 and tonumber(found[#found]) or record.offset
  local rows = {}
  for i = 1, #found, 2 do
    local task = find(record, found[i])
    local good, text = pcall(row_of, task)
    if task and good then rows[#rows + 1] = text end -- else its key holds nothing of ours
  end
  local drop = reset and {} or redis.call('ZRANGEBYSCORE', record.gone, '(' .. whole(since), whole(to))
  local reply = { changes(record, since, to, apart and '' or table.concat(rows, ','), {}, drop, reset) }
  reply[2], reply[3] = record.offset, seal_of(record.prefix)
  if apart then
    for _, row in ipairs(rows) do reply[#reply + 1] = row end
  end
  return reply
end

-- Further arguments: the reader's epoch and offset, the offset up to which it knows of every removal, and the most tasks
-- to return.
-- Returns the next range of the record for this reader, the offset of the record's head, and the seal of messages.
local function changed_since(keys, args)
  local record = open(keys, args[1])
  expire(record)
  write(record)
  publish(record)
  return range_since(record, args)
end

-- The same arguments and 1 for the tasks apart, as further elements, or 0. Returns the same, and writes nothing, so that
-- a server which takes no writes can be read. Where there is no record, the error says so.
local function read_since(keys, args)
  local record = look(keys)
  if not record.epoch then return redis.error_reply('There is no record yet') end
  return range_since(record, args, args[6] == '1')
end

-- Further arguments: how many tasks that ended are kept at least.
-- Makes room in a server that is full: removes the tasks that ended first. Returns how many it removed.
local function make_room(keys, args)
  local record = open(keys, args[1])
  local extra = redis.call('ZCARD', record.ended) - tonumber(args[2])
  if extra > 0 then
    remove_all(record, redis.call('ZRANGE', record.ended, 0, math.min(extra, REMOVED_AT_ONCE) - 1))
  end
  publish(record)
  return #record.removed
end

-- Returns what messages are sealed with. Who asks for it listens from now on.
local function key_of_seals(keys)
  local prefix = string.sub(keys[1], 1, -5)
  unheard[prefix] = nil
  return seal_of(prefix)
end

-- Does nothing. A server that records nothing now refuses it, and says why.
local function try_to_write() return 1 end

-- Further arguments: commands with their arguments, as words. Calls none of them.
-- Returns for each whether this user may call it, as 1 or 0.
local function rights(keys, args)
  local reply = {}
  for i = 2, #args do
    local words = {}
    for word in string.gmatch(args[i], '%S+') do words[#words + 1] = word end
    reply[i - 1] = redis.acl_check_cmd(unpack(words)) and 1 or 0
  end
  return reply
end

-- Does nothing with a record of the format that this library knows, and refuses any other. Writes nothing.
local function know_format(keys)
  look(keys)
  return 1
end

local function register(name, callback, ...)
  redis.register_function({ function_name = '$NAME_' .. name, callback = callback, flags = { ... } })
end

-- What keeps the record small or a worker's lease alive also runs in a server that is full.
register('record', record_events)
register('heartbeat', heartbeat, 'allow-oom')
register('changed', changed_since, 'allow-oom')
register('read', read_since, 'no-writes')
register('seal', key_of_seals, 'no-writes')
register('room', make_room, 'allow-oom')
register('write', try_to_write)
register('rights', rights, 'no-writes')
register('known', know_format, 'no-writes')
register('offer', offer)
register('append', append_entries, 'allow-oom')
