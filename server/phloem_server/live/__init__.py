"""What clients watch over Socket.IO, and which frame each of them gets.

protocol         the messages of clients and server, as records; errors says why one is refused
handlers         hands each message to the hub that answers it
hub              connections, and the views that clients ask to watch
board_hub        boards: small pictures that are pushed whole, or in parts
audiences        the clients of each view, and the lock that orders what is sent
cursor           how far one client is with one view
presence         how many clients watch what
delivery         sends each client what is new in its views
announcements    tells all clients of another record, and of a Redis that is lost or back
admission_watch  closes the connections of people who signed out, and those whose time is over
tick             how often frames are sent
"""
