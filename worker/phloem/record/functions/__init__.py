"""The functions that Redis runs for the record, in Lua.

library        joins the files below into the library that Redis loads
task/          one task, and what an event is to it; reads and writes nothing
    trust.lua    whose word counts more
    task.lua     its fields, and its row
    verdict.lua  the verdict on an event
    tries.lua    its tries that are over
recall.lua     values that were stored last
opened.lua     the record as one call has opened it
events.lua     what an event does to its task
leases.lua     what becomes of the tasks of a worker that is gone
retention.lua  which tasks are removed
log.lua        which entries are kept of a long log
changes.lua    writing what changed, and telling readers of it
forms.lua      what workers can run
audit.lua      who changed what
functions.lua  the functions themselves
"""
