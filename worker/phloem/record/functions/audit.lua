-- The audit: a chain of entries. Who appends makes each hash from that of the entry before it, so an entry is taken only
-- where the chain ends with the one that its hash was made from.

local ENTRIES_REMOVED_AT_ONCE = 200 -- bounds the time of one call

local function is_end(number, hash)
  return number and hash and string.match(number, '^%d+$') and string.match(hash, '^%w*$')
end

-- The number and the hash of the last entry. Where what holds both is gone or spoilt, the last entry itself tells, and
-- where that is none of ours, a new chain begins: entries are never refused for good.
local function end_of(chain, stream)
  local said = redis.call('HMGET', chain, 'number', 'hash')
  if is_end(said[1], said[2]) then return said[1], said[2] end
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if last and is_end(last[2][2], last[2][6]) then return last[2][2], last[2][6] end
  return '0', ''
end

-- Removes entries from the front, and remembers the last of those: the first that is left follows it.
local function forget_entries(chain, stream, oldest, most)
  local surplus = redis.call('XLEN', stream) - most
  local number, hash, gone = nil, nil, {}
  for place, entry in ipairs(redis.call('XRANGE', stream, '-', '+', 'COUNT', ENTRIES_REMOVED_AT_ONCE)) do
    if place > surplus and tonumber(string.match(entry[1], '^%d+')) >= oldest then break end
    gone[place], number, hash = entry[1], entry[2][2], entry[2][6] or ''
  end
  if number then
    redis.call('XDEL', stream, unpack(gone))
    redis.call('HSET', chain, 'removed', number, 'removed_hash', hash)
  end
end

-- Further arguments: the number and the hash of the entry after which to append, the time before which entries are
-- removed in Unix milliseconds, the most that are kept, and of each entry in turn its number, its text (JSON), its hash
-- and the name of the key that this was made with.
-- Appends all of them, or none where the chain does not end with that entry. Returns the number and the hash of its end.
local function append_entries(keys, args)
  local stream = string.sub(keys[1], 1, -5) .. 'audit'
  local chain = stream .. ':chain'
  local number, hash = end_of(chain, stream)
  if number ~= args[2] or hash ~= args[3] then return { number, hash } end
  for i = 6, #args, 4 do
    number, hash = args[i], args[i + 2]
    redis.call('XADD', stream, '*', 'number', number, 'text', args[i + 1], 'hash', hash, 'key', args[i + 3])
  end
  redis.call('HSET', chain, 'number', number, 'hash', hash)
  forget_entries(chain, stream, tonumber(args[4]), tonumber(args[5]))
  return { number, hash }
end
