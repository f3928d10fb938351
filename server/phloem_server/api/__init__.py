"""The HTTP calls under /api/v1: one module for each resource, with its routes.

routes        all of them together, for the application
tasks         reading tasks and their logs
submission    sending a task, and what can be sent
task_actions  revoking a task, and running it again
files         uploads and results
boards        workers, queues, the schedule and the last hour
tokens        making, listing and revoking tokens
mailbox       what arrived in the local mailbox
users         people who may sign in with a name
sessions      sessions of people who signed in
audit         who changed what, or was refused
session       what a page has to know first, and on whose behalf it asks
known_tasks   the tasks that the caller may know of
openapi       the description of all of them
answers       types of their answers
by_whom       by whom a task was launched, retried or revoked
limiting      how many calls are made, and what a client has left
accepted      the answer to a call that sent a task
resource      what all of them share: errors, what the caller may do, the limit of a body
errors        the errors of the resources, and the HTTP status of each error of the domain
"""
