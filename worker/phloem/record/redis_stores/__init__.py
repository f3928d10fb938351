"""What processes keep in Redis beside tasks, for the interfaces in `stores`.

access   sessions
guesses  wrong passwords, which web processes count together
users    people who may sign in with a name
views    searches that people share
tokens   tokens that the server made, and those that were revoked
server   the server itself, for who looks after it
keys     the secrets of a namespace
audit    who changed what, or was refused
duties   what one process does at a time
workers  the workers that have leases
forms    what those workers can run
"""
