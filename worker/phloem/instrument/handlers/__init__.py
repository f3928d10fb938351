"""Handlers of Celery's signals, by the process that they run in.

observer       what the handlers of a process share: the app, the recorder, the lease, the runs
execution      a run in this process
endings        the ends that Celery has no signal for
unsent         the ends of tasks that are never sent
batches        several messages that are worked off together
results        of what reaches the result backend
producer       of a process that sends tasks
kept_calls     the messages of tasks, so that they can be run again
successes      those that a child may not have told before it died
requests       what is heard of a worker's requests
main_process   of a worker's main process
child_process  of a process that runs tasks
"""
