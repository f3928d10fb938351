-- Values that this process has stored last, as they were before they became text: one is decoded again only where the
-- text that is stored is another by now. The next event of a task often comes soon, and to decode a task takes a tenth
-- of the time of an event.

-- Bytes of their texts; beyond that all are forgotten. More would cost more than it saves: what Lua holds has to stay in
-- the caches of the processor, since its garbage collector goes through all of it.
local RECALLED_BYTES = 16 * 1024

local texts, values, recalled_bytes = {}, {}, 0

-- Takes the value that has become `text` under this key; nil if it is not remembered. It may be changed, so it is not
-- there again before it was stored again: not if the call fails.
local function recall(key, text)
  local known = texts[key]
  if not known then return nil end
  local value = values[key]
  texts[key], values[key], recalled_bytes = nil, nil, recalled_bytes - #known
  return known == text and value or nil
end

local function remember(key, text, value)
  recalled_bytes = recalled_bytes + #text - #(texts[key] or '')
  if recalled_bytes > RECALLED_BYTES then texts, values, recalled_bytes = {}, {}, #text end
  texts[key], values[key] = text, value
end
