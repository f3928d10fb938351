-- Forms: what workers can run. Each form is kept once, under its digest, and so is each list of forms.

-- Forgets the lists of workers that are not known any more, and the forms that no list names.
local function forget_forms(prefix)
  local offers, catalogues, forms = prefix .. 'offers', prefix .. 'catalogues', prefix .. 'forms'
  local named, used, forgotten = {}, {}, false
  local held = redis.call('HGETALL', offers)
  for i = 1, #held, 2 do
    if redis.call('HEXISTS', prefix .. 'workers', held[i]) == 0 then
      redis.call('HDEL', offers, held[i])
    else
      named[held[i + 1]] = true
    end
  end
  held = redis.call('HGETALL', catalogues)
  for i = 1, #held, 2 do
    local good, catalogue = pcall(cjson.decode, held[i + 1])
    if good and named[held[i]] and type(catalogue) == 'table' and type(catalogue.tasks) == 'table' then
      for _, digest in pairs(catalogue.tasks) do used[digest] = true end
    else
      redis.call('HDEL', catalogues, held[i])
      forgotten = true
    end
  end
  if not forgotten then return end
  for _, digest in ipairs(redis.call('HKEYS', forms)) do
    if not used[digest] then redis.call('HDEL', forms, digest) end
  end
end

-- Further arguments: the lease of a worker, the digest of the list of what it can run, that list (JSON), and in turn the
-- digest and the text (JSON) of forms that are new.
-- Keeps them. Returns the digests of the forms on the list that are not known; the list is kept once there are none.
local function offer(keys, args)
  local prefix = string.sub(keys[1], 1, -5)
  for i = 5, #args, 2 do redis.call('HSET', prefix .. 'forms', args[i], args[i + 1]) end
  local missing = {}
  for _, digest in pairs(cjson.decode(args[4]).tasks) do
    if redis.call('HEXISTS', prefix .. 'forms', digest) == 0 then missing[#missing + 1] = digest end
  end
  if #missing > 0 then return missing end
  redis.call('HSET', prefix .. 'catalogues', args[3], args[4])
  redis.call('HSET', prefix .. 'offers', args[2], args[3])
  forget_forms(prefix)
  return missing
end
