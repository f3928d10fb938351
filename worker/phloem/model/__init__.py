"""What a task is: the one definition that the record, the server, the page and the documentation follow.

`bin/contract` writes what follows from these types elsewhere.

- `owner`: whose a task is.
- `label`: what people call a task.
- `state`: the states of a task, and their order within one run.
- `known_by`: by what a task is known, and whose word counts more.
- `task`: a task as the record knows it, with its steps, its error and the entries of its log.
- `times`: since when a task waits, and how long it waited and ran.
- `tries`: the tries of a task, those that are over and the present one.
- `log`: which entries are kept of a long log.
- `event`: what a producer reports about a task.
- `changes`: the tasks that changed between two offsets of the record.
"""
