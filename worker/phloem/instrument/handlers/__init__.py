"""Handlers of Celery's signals, by the process that they run in.

observer       what the handlers of a process share: the app, the recorder, the lease, the runs
producer       of a process that sends tasks
main_process   of a worker's main process
child_process  of a process that runs tasks
"""
