"""The record: what is known of all tasks, kept in Redis. No other folder imports redis.

record          the interface of the record, and its errors
redis_record    the record in Redis
connection      where Redis is, and how to connect to it
pipeline        a connection that is kept, with several commands in flight
function_calls  calls of the functions in Redis
functions/      those functions, in Lua
encoding        events and tasks as the functions read and keep them
redis_errors    what redis-py raises, as errors of the record
"""
