"""The record: what is known of all tasks, kept in Redis. No other folder imports redis.

record          the interface of the record, and its errors
redis_record    the record in Redis
stores/         interfaces of what processes keep there beside tasks: sessions, counts, workers
redis_stores/   those in Redis
pages           the record as readers get it, page by page
seal            what shows that a message is of this record
oddities        values that are none of ours, under keys that are
connections/    where Redis is, and how to connect to it
pipeline        a connection that is kept, with several commands in flight
function_calls  calls of the functions in Redis
functions/      those functions, in Lua
encoding        events and tasks as the functions read and keep them
redis_py        where versions of redis-py differ
server_check    whether a server can hold the record
rights          what a user of Redis has to be permitted
redis_errors    what redis-py raises, as errors of the record
"""
