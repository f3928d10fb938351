"""The record in memory, and the views of it that clients watch. Knows no HTTP and no sockets.

follower      follows the record in Redis and applies its changes to the mirror
freshness/    how fresh what the mirror holds is, and of which record
mirror        the tasks as of one offset, and the open views
view_keeper   fills views with what no change of the record brings
index         the tasks, with indexes for lists, filters and counts
offsets       sorted offsets, which the indexes consist of; dates are places of tasks by a time
query/        what a client asks to see
moments       what clients with a scope are told in place of offsets
scope         which tasks a client may see at all
view          what all views have in common; list_view shows a query, task_view one task
statistics/   figures about tasks, each registered with the index
"""
