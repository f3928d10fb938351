"""Which requests get in: the door before HTTP and Socket.IO.

door            the middleware that lets a request in or refuses it
origins         whether this server is meant, and whether the page that asks belongs here
authentication  the principal of a request, from its cookie or bearer token
principal       on whose behalf a request or a connection acts
passwords       the password, and the one way to try it
throttle        how often it may be tried: by each peer, and by all together
peers           the address that a request comes from, also behind a proxy
shares          the tokens that let their bearer see one task
sessions        the token in the cookie of a person who signed in
sign_in         the form, signing in and signing out
headers         security headers of every answer
errors          why a request is refused
"""
