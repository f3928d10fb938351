"""Interfaces of what processes keep in the record beside tasks.

access   sessions, which web processes keep
guesses  wrong passwords, which web processes count together
users    people who may sign in with a name
views    searches that people share
tokens   tokens that the server made, and those that were revoked
keys     secrets that all processes of a namespace share
audit    who changed what, or was refused
duties   what one of all processes does at a time
workers  the workers that the record knows by their leases
forms    what those workers can run
"""
