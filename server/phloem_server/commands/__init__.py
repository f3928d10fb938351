"""What `phloem` runs besides the server, and what all its subcommands share.

redis          the embedded Redis
mailbox        a mail server that keeps what it gets
doctor         what is wrong with an installation, and what to do
watch          a client in the terminal
users          people who may sign in with a name
tokens         tokens of programs and for pages
celery_plugin  the server as a subcommand of `celery`
namespace      the record that the environment names
audited        entries of the audit for what is done in a shell
process_list   keeps passwords out of the list of processes
output         lines for the person who runs a command
"""
