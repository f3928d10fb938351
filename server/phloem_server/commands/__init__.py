"""What `phloem` runs besides the server, and what all its subcommands share.

redis          the embedded Redis
mailbox        a mail server that keeps what it gets
watch          a client in the terminal
celery_plugin  the server as a subcommand of `celery`
output         lines for the person who runs a command
"""
