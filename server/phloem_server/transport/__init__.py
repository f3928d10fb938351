"""How bytes reach clients: listening, serving, and writing one message to many connections.

listen      binding an address
serve       serving until a signal comes
open_files  how many connections the system allows
capacity    how many connections of viewers there may be
handshakes  sessions whose client has not connected, bounded
fanout      one message to many connections, encoded once
rfc6455     the WebSocket protocol on the server's side
modes/      eventlet, gevent, threading: the only imports of those libraries
requests/   requests on their way in: how many, for how long, and read strictly
engineio/   what is changed in Engine.IO and Socket.IO: the only use of their private names
"""
