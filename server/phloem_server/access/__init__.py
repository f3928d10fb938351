"""Which requests get in: the door before HTTP and Socket.IO.

door            the middleware that lets a request in or refuses it
origins         whether this server is meant, and whether the page that asks belongs here
authentication  the principal of a request, from its cookie or bearer token
principal       on whose behalf a request or a connection acts
passwords       comparing the password, and slowing down clients that guess
sessions        the token in the cookie of a person who signed in
sign_in         the form, signing in and signing out
headers         security headers of every answer
errors          why a request is refused
"""
