"""Who may ask: the door before HTTP and Socket.IO, and how people sign in."""
