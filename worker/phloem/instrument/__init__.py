"""What is observed of a Celery app, and of its tasks, once `phloem.attach` was called.

attachment    `attach` and `detach`: the one observer of this process
refusals      what `attach` is asked for and does not do
signals       which handler hears which of Celery's signals
handlers/     what each of them reports, by the process that it runs in
messages/     what is added to messages, and what they say of their tasks
arguments     the arguments of a task as texts without secrets
labels        what people call tasks, as the application says
known_tasks   the tasks that a process has, without finalizing its app
calls/        the message itself, kept so that the task can be run again
failures      exceptions as errors of a task
beat          which entry of the schedule beat sends a task for
hooks         what Celery has no signal for, as signals of our own
update_state  Celery's `Task.update_state` as a step
output        what a running task logs and prints
signature/    the arguments of a task: their JSON Schema, and a check against it
forms/        what a worker tells of its tasks, for processes without their code
"""
