"""How bytes reach clients: listening, serving, and writing one message to many connections.

listen      binding an address
serve       serving until a signal comes
capacity    how many connections there may be
fanout      one message to many connections, encoded once
rfc6455     the WebSocket protocol on the server's side
modes/      eventlet, gevent, threading: the only imports of those libraries
engineio/   what is changed in Engine.IO and Socket.IO: the only use of their private names
"""
