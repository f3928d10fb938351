-- Changes: writing the tasks that a call changed, and telling readers of them.

local LOG_KEPT = $LOG_LIMIT_ENTRIES -- entries of one task's log

-- Writes the tasks that changed, and their new log entries.
local function write(record)
  local tasks, places = {}, {}
  for i, task in ipairs(record.changed) do
    local said = task.said
    task.said = nil
    if task.opened then
      task.told = joined(task.opened)
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

-- A range of the record as readers receive it. Joined once: text that only goes into other text costs as much to make.
local function changes(record, from, to, tasks, logs, drop, reset)
  local parts = { '{"epoch":"', record.epoch, '","from":', whole(from), ',"to":', whole(to), ',"tasks":[' }
  add_rows(tasks, parts)
  parts[#parts + 1] = '],"logs":{' .. table.concat(logs, ',')
    .. '},"drop":' .. (#drop > 0 and cjson.encode(drop) or '[]')
    .. ',"reset":' .. (reset and 'true' or 'false')
    .. ',"at":' .. string.format('%.6f', record.micros / 1000000) .. '}'
  return table.concat(parts)
end

-- Writes the meta data, and publishes all that this call changed as one message.
local function publish(record)
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
