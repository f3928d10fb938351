"""The HTTP calls under /api/v1: one module for each resource, with its routes.

routes        all of them together, for the application
tasks         reading tasks and their logs
first_rows    the newest tasks, which the page brings along
submission    sending a task, and what can be sent
task_actions  revoking a task, and running it again
files         uploads and results
boards        workers, queues, the schedule, the last hour and shared views
views         saving and removing shared views
mailbox       what arrived in the local mailbox
access/       who may do what: sessions, users, tokens, the audit
openapi       the description of all of them
calls/        what all of them share
"""
