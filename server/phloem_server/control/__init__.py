"""Commands to Celery: what can be sent, sending it, and asking workers. Knows no HTTP.

brokers         what a broker tells of the queues that it holds
celery_app      loading the Celery app, and how long its broker is waited for
registry        the tasks that can be run, and a check of a call before it is sent
offers          the tasks that attached workers say they can run
stand_in        such a task in the server's Celery app
destinations    where a message may go
sender          sending a task
reruns          running a task again, by what was kept of it
again/          the message of another run of a task
remote_control  telling workers what to do, and asking them what they are
errors          why Celery could not be told something
"""
