-- Trust: what is known better is never overwritten by what is known worse. An event says by `by` who tells: nil for
-- `attach`, else a rank, the greater the less its teller knows. Nothing here reads or writes Redis.
--
-- A task keeps in `worse` the rank of the teller of each field that `attach` did not tell, and of its `run` (the name of
-- it) and `state`. A task of which `attach` alone told has none, and its events cost nothing more.

local KNOWN_BY = { $KNOWN_BY }

-- Whether somebody told of it who knows more than this teller.
local function is_known_better(task, what, by)
  return by ~= nil and (task.worse and task.worse[what] or 0) < by
end

-- Whether somebody told of it who knows less than this teller.
local function is_known_worse(task, what, by)
  return task.worse ~= nil and (task.worse[what] or 0) > (by or 0)
end

-- Whether this teller told of it.
local function is_known_by(task, what, by) return (task.worse and task.worse[what]) == by end

-- Notes who told of it.
local function credit(task, what, by)
  if by then
    task.worse = task.worse or {}
    task.worse[what] = by
  elseif task.worse then
    task.worse[what] = nil
  end
end

-- Whether this teller may set a field that holds `held`; if so, it is noted as the one who told of it.
local function take_over(task, field, held, by)
  if held and is_known_better(task, field, by) then return false end
  if held and is_known_worse(task, field, by) then task.long[field] = nil end
  credit(task, field, by)
  return true
end

-- Notes who told of the task. Readers get their names, the one that knows best first; none where it is `attach` alone.
-- `facts` are those of the task.
local function meet(task, facts, by)
  local met, bit = task.met or (task.rank and 1 or 0), 2 ^ (by or 0)
  if math.floor(met / bit) % 2 == 1 then return end
  task.met = met + bit
  local names = {}
  for place, name in ipairs(KNOWN_BY) do
    if math.floor(task.met / 2 ^ (place - 1)) % 2 == 1 then names[#names + 1] = '"' .. name .. '"' end
  end
  facts.known_by = '[' .. table.concat(names, ',') .. ']'
end
