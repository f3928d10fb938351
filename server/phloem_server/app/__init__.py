"""Puts the server together.

create      makes the application of all its parts
entrance    puts together what decides who gets in
serve       the command `phloem serve`
embedded    the application for a server that is somebody else's
runtime     what an application runs, from its start to its end
loops       a thread for each loop
log         what is logged, as text or as JSON, without secrets
access_log  a line for each request
observing   puts together what observes an app that is not attached
forwarding  puts together what sends the audit elsewhere
metrics     the figures at /metrics
"""
