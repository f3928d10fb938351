"""Workers and producers that benchmarks compare: the same empty tasks, observed in one way or another.

app         the Celery app that both import, and the ways
producer    a process that sends tasks when it is told to
contestant  a worker with its producer, and what both have used
distance    a way to a server that takes a given time
"""
