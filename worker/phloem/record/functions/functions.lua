-- The functions that Redis registers. Each is called with the key of `meta`, and first with the name of an epoch to use
-- if a new one begins.

-- For each sender, the name of the call that its next one, which may be sent already, has to follow.
local in_turn = {}

-- Further arguments: the epoch that the sender knows or "", the most tasks, the longest age in seconds, the events
-- (MessagePack), the sender, the name of the call that must be recorded before this one or "", and the name of this one
-- for the call that follows it or "".
-- Records the events in order. Returns the epoch and a verdict for each event, as words. Records nothing and returns no
-- verdicts if something has to come before: if the sender knows another epoch, since this one may have forgotten what it
-- sent, or if the call before failed.
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
  publish(record)
  in_turn[sender] = args[8] ~= '' and args[8] or nil
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

-- Further arguments: the reader's epoch and offset, the offset up to which it knows of every removal, and the most tasks
-- to return.
-- Returns the next range of the record for this reader, then the offset of the record's head.
local function changed_since(keys, args)
  local record = open(keys, args[1])
  local since, known, limit = tonumber(args[3]), tonumber(args[4]), tonumber(args[5])
  expire(record)
  write(record)
  publish(record)
  local reset = args[2] ~= record.epoch or since > record.offset or known < record.floor
  if reset then since = 0 end
  local found = redis.call('ZRANGEBYSCORE', record.index, '(' .. whole(since), '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
  local to = #found == limit * 2 and tonumber(found[#found]) or record.offset
  local tasks = {}
  for i = 1, #found, 2 do tasks[#tasks + 1] = find(record, found[i]) end -- nil: its key was deleted by other means
  local drop = reset and {} or redis.call('ZRANGEBYSCORE', record.gone, '(' .. whole(since), whole(to))
  return { changes(record, since, to, tasks, {}, drop, reset), record.offset }
end

redis.register_function('$NAME_record', record_events)
redis.register_function('$NAME_heartbeat', heartbeat)
redis.register_function('$NAME_changed', changed_since)
