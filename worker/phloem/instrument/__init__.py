"""What is observed of a Celery app, and of its tasks, once `phloem.attach` was called.

attachment     `attach` and `detach`: the one observer of this process
signals        which handler hears which of Celery's signals
observer       what the handlers of a process share: the app, the recorder, the lease, the runs
producer       handlers of a process that sends tasks
main_process   handlers of a worker's main process
child_process  handlers of a process that runs tasks
headers        all headers that Phloem adds to messages
message        what a message says of its task, as fields of an event
failures       exceptions as errors of a task
beat           which entry of the schedule beat sends a task for
update_state   Celery's `Task.update_state` as a step
output         what a running task logs and prints
signature      the arguments of a task: their JSON Schema, and a check against it
"""
