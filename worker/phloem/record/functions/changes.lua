-- Changes: writing the tasks that a call changed, and telling readers of them.

-- When a task of each namespace became known last, in microseconds; and by how many these times are ahead of the clock of
-- Redis, which may be set back.
local latest, ahead = {}, {}

-- Says of the tasks that this call made known when that was. Of one owner's tasks, and of one workflow's, each has a later
-- time than the one before it. Nothing is counted beyond that: who sees those alone is not to know what comes between.
local function date(record)
  local count = #record.came
  if count == 0 then return end
  local prefix = record.prefix
  local now, last = record.opened_at + (ahead[prefix] or 0), latest[prefix] or 0
  if now <= last then
    ahead[prefix] = (ahead[prefix] or 0) + last + 1 - now
    now = last + 1
  end
  last = now
  local owners, roots = {}, {}
  for _, id in ipairs(record.came) do
    local task, at = record.tasks[id], now
    if count > 1 then
      local owner, root = fact(task, 'owner') or '', fact(task, 'root_id') or quoted(id, task.json_id)
      local place = math.max(owners[owner] or 0, roots[root] or 0)
      owners[owner], roots[root] = place + 1, place + 1
      at = now + place
      last = math.max(last, at)
    end
    task.known = string.format('%d.%06d', math.floor(at / 1000000), at % 1000000)
  end
  latest[prefix] = last
end

-- Writes the tasks that changed, their new log entries, which of them ended, and the calls of those whose was not known.
-- One command for many tasks costs less than many commands.
local function write(record)
  date(record)
  local tasks, places = {}, {}
  for i, task in ipairs(record.changed) do
    local said = task.said
    task.said = nil
    if task.opened then
      task.told = joined(task.opened)
      task.opened = nil
    end
    if #said > 0 then
      local growth = extend_log(record.log .. task.id, said)
      task.logged = (task.logged or 0) + growth
      record.bytes = record.bytes + growth
    end
    local packed = cmsgpack.pack(task)
    local key = record.task .. task.id
    remember(key, packed, task)
    tasks[2 * i - 1], tasks[2 * i] = key, packed
    places[2 * i - 1], places[2 * i] = task.offset, task.id
    record.bytes = record.bytes + #packed - (record.sizes[task.id] or -TASK_COST)
    record.sizes[task.id] = #packed
    task.said = said
  end
  for id, call in pairs(record.calls) do tasks[#tasks + 1], tasks[#tasks + 2] = record.call .. id, call end
  local ends = {}
  for id, score in pairs(record.ends) do ends[#ends + 1], ends[#ends + 2] = score, id end
  by_thousand(record.came, 'ZREM', record.gone)
  by_thousand(ends, 'ZADD', record.ended)
  if #tasks == 2 then -- most calls: a list of one costs them a twentieth more
    redis.call('SET', tasks[1], tasks[2])
    redis.call('ZADD', record.index, places[1], places[2])
  else
    for i = 1, #tasks, 1000 do redis.call('MSET', unpack(tasks, i, math.min(i + 999, #tasks))) end
    by_thousand(places, 'ZADD', record.index)
  end
end

-- What shows that a range is of this record. A message may hold anything, and its range is new to readers only once.
local function seal(record, range)
  return redis.sha1hex(seal_of(record.prefix) .. range)
end

-- A range of the record as readers receive it; `tasks` as they are or as joined rows. Joined once: text that only goes
-- into other text costs as much to make.
local function changes(record, from, to, tasks, logs, drop, reset)
  local range = '"epoch":"' .. record.epoch .. '","from":' .. whole(from) .. ',"to":' .. whole(to)
  local parts = { '{"seal":"', seal(record, range), '",', range, ',"tasks":[' }
  if type(tasks) == 'string' then parts[#parts + 1] = tasks else add_rows(tasks, parts) end
  parts[#parts + 1] = '],"logs":{' .. table.concat(logs, ',')
    .. '},"drop":' .. (#drop > 0 and cjson.encode(drop) or '[]')
    .. ',"reset":' .. (reset and 'true' or 'false')
    .. ',"at":' .. string.format('%.6f', record.micros / 1000000) .. '}'
  return table.concat(parts)
end

-- The namespaces whose last message reached nobody.
local unheard = {}

-- A message for those who began to listen meanwhile: it holds nothing but where the record is, and so has them read what
-- is new to them.
local function position(record) return changes(record, record.offset, record.offset, {}, {}, {}, false) end

-- What all that this call changed comes to, as one message.
local function news(record)
  local tasks, logs = {}, {}
  for _, task in ipairs(record.changed) do
    if not task.removed then
      tasks[#tasks + 1] = task
      if #task.said > 0 then
        logs[#logs + 1] = quoted(task.id, task.json_id) .. ':[' .. table.concat(task.said, ',') .. ']'
      end
    end
  end
  return changes(record, record.from, record.offset, tasks, logs, record.removed, false)
end

-- Writes the meta data, and publishes what this call changed: all of it, unless nobody listened the last time, as to
-- make that message takes a seventh of the work for an event.
local function publish(record)
  grown[record.prefix] = record.bytes - record.held_bytes
  if record.offset == record.from then return end
  if type(record.counts) == 'table' then
    local counts = cjson.encode(record.counts)
    redis.call('HSET', record.meta, 'offset', whole(record.offset), 'counts', counts)
    remember(record.meta, counts, record.counts)
  else
    redis.call('HSET', record.meta, 'offset', whole(record.offset))
  end
  local message = unheard[record.prefix] and position(record) or news(record)
  local listeners = redis.call(clustered and 'SPUBLISH' or 'PUBLISH', record.events, message)
  unheard[record.prefix] = listeners == 0
end
