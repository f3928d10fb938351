"""What a worker tells of its tasks, so that a process without its code can check, send and describe them.

catalogue  all that an app can run
arguments  the arguments of a task as they are told, and the signature that they make where they are read
routing    where the messages of a task go, as far as that does not depend on its arguments
broker     where an app's messages are, without a password
"""
