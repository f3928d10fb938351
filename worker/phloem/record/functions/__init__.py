"""The functions that Redis runs for the record, in Lua.

library        joins the files below into the library that Redis loads
task.lua       one task: its fields, its row, and the verdict on an event
opened.lua     the record as one call has opened it
events.lua     what an event does to its task
leases.lua     what becomes of the tasks of a worker that is gone
retention.lua  which tasks are removed
changes.lua    writing what changed, and telling readers of it
functions.lua  the functions themselves
"""
