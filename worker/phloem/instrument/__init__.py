"""What is observed of a Celery app, and of its tasks, once `phloem.attach` was called.

attachment    `attach` and `detach`: the one observer of this process
signals       which handler hears which of Celery's signals
handlers/     what each of them reports, by the process that it runs in
headers       all headers that Phloem adds to messages
message       what a message says of its task, as fields of an event
owners        whose a task is that is sent
arguments     the arguments of a task as texts without secrets
known_tasks   the tasks that a process has, without finalizing its app
routes        the name of the queue that a message goes to
calls/        the message itself, kept so that the task can be run again
failures      exceptions as errors of a task
beat          which entry of the schedule beat sends a task for
hooks         what Celery has no signal for, as signals of our own
update_state  Celery's `Task.update_state` as a step
output        what a running task logs and prints
signature/    the arguments of a task: their JSON Schema, and a check against it
forms/        what a worker tells of its tasks, for processes without their code
"""
