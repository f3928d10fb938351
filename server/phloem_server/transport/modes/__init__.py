"""The asynchronous modes: each is one library that serves many connections at once.

choice          the mode of this process: prepared first of all, and what runs in a thread of its own
mode            the names of the modes, the interface that each offers, and the times they share
eventlet_mode   green threads of eventlet: the default, and the only mode that writes to sockets directly
gevent_mode     green threads of gevent
threading_mode  a system thread for each connection

Only `<library>_mode` imports that library.
"""
