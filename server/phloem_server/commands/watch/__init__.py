"""`phloem watch`: what a page shows, in a terminal.

It is a client like any other, over the public contract. Nothing here is part of the server: no eventlet, no Flask, no
Redis, and nothing of the standard library is replaced.

    session  one run of the command
    wire     the connection, over Socket.IO
    client   one watch, kept up to date over any wire
    store    the rows, totals and log of a watch
    screen   the view for terminals
    plain    the view for pipes and files
    outcome  the end of one task
    text     how things are put into words
"""
