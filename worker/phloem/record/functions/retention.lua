-- Retention: which tasks are removed, and what is remembered of them.

local GONE_KEPT = 10000      -- removals remembered; a reader further behind starts anew
local REMOVED_AT_ONCE = 100  -- tasks removed in one call: bounds its time

-- When each namespace was last searched for tasks that are too old, in Unix seconds. Once a second is often enough.
local aged = {}

local function remove(record, id)
  local task = find(record, id)
  if task then
    count(record, task.state, -1)
    task.removed = true
    if task.over_at then redis.call('HSET', record.over, id, task.over_at) end
    if task.lease then redis.call('SREM', record.lease .. task.lease, id) end
    record.bytes = record.bytes - (task.logged or 0) - (task.called or 0)
  end
  record.bytes = record.bytes - (record.sizes[id] or 0) - TASK_COST
  redis.call('DEL', record.task .. id, record.log .. id, record.call .. id)
  record.offset = record.offset + 1
  redis.call('ZADD', record.gone, whole(record.offset), id)
end

-- Forgets the oldest removals. A reader that is further behind than the `floor` starts anew.
local function forget_removals(record)
  local extra = redis.call('ZCARD', record.gone) - GONE_KEPT
  if extra <= 0 then return end
  local forgotten = redis.call('ZPOPMIN', record.gone, extra)
  for i = 1, #forgotten, 2 do redis.call('HDEL', record.over, forgotten[i]) end
  record.floor = tonumber(forgotten[#forgotten])
  redis.call('HSET', record.meta, 'floor', whole(record.floor))
end

-- Removes tasks, and forgets the oldest removals.
local function remove_all(record, ids)
  if #ids == 0 then return end
  redis.call('ZREM', record.ended, unpack(ids))
  redis.call('ZREM', record.index, unpack(ids))
  for _, id in ipairs(ids) do remove(record, id) end
  forget_removals(record)
  record.removed = ids
end

-- The tasks that ended first, or, where none has ended, those that did not change for the longest time.
local function oldest_of(record, count)
  local ids = redis.call('ZRANGE', record.ended, 0, count - 1)
  return #ids > 0 and ids or redis.call('ZRANGE', record.index, 0, count - 1)
end

-- Removes tasks: while more than `most` have ended, those that ended first; while all take more than `bytes`, those as
-- well; else those that did not change since `oldest` (Unix seconds). When a removed task was over is remembered: events
-- about that time come too late.
local function retain(record, most, bytes, oldest)
  local full = record.bytes > bytes
  if not record.more and not full and aged[record.prefix] == record.now then return end
  local over, removed = redis.call('ZCARD', record.ended) - most, {}
  if over > 0 then
    removed = redis.call('ZRANGE', record.ended, 0, math.min(over, REMOVED_AT_ONCE) - 1)
  elseif full then
    -- As many as are too much if all tasks are of one size.
    local excess = math.ceil((record.bytes - bytes) * redis.call('ZCARD', record.index) / record.bytes)
    removed = oldest_of(record, math.min(excess, REMOVED_AT_ONCE))
  elseif aged[record.prefix] ~= record.now then
    aged[record.prefix] = record.now
    for _, id in ipairs(redis.call('ZRANGE', record.index, 0, REMOVED_AT_ONCE - 1)) do -- the one that changed first
      local task = find(record, id)
      if task and task.touched >= oldest then break end
      removed[#removed + 1] = id
    end
  end
  remove_all(record, removed)
end
