"""Engine.IO and Socket.IO as this server needs them: the only folder that uses their private names.

connections        the connections of one server, by session: what Engine.IO is changed into, and its end
direct_session     a session whose WebSocket is read and written without the library
drivers            how the library opens WebSockets, in each asynchronous mode
shared_websocket   a WebSocket that the library opened, and that is written to beside the library's own writer
outbox             frames that wait until a socket takes more, and writing without waiting
ping               pings for all direct sessions from one greenlet
limits             what the libraries let one client do, bounded
rehearsal          tries every private name at start, and says which one changed
tcp                options of the sockets, and their end
packet             Socket.IO packets: strict reading, and encoding once
rooms              the rooms of Socket.IO
log                the libraries' messages, at the level DEBUG
"""
