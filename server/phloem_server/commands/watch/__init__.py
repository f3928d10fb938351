"""`phloem watch`: what a page shows, in a terminal.

It is a viewer as any other, over the public contract. Nothing here is part of the server: no eventlet, no Flask, no
Redis, and nothing of the standard library is replaced.
"""
