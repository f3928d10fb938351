"""Which requests get in, on whose behalf, and what that may do: the door before HTTP and Socket.IO.

door            the middleware that lets a request in or refuses it
origins         whether this server is meant, and whether the page that asks belongs here
application     the application that Phloem is a part of, where it decides who may do what
authentication  the principal of a request, from its cookie or bearer token
principal       on whose behalf a request or a connection acts
permissions     what it may do: the one function that decides
protection      whether clients are asked who they are
standing        whether somebody whom the door let in may still act
people/         people who sign in
tokens/         tokens that let their bearer see single tasks
audit/          who changed what, or was refused
limits/         how much may be asked, by each principal and address
peers           the address that a request comes from, also behind a proxy
headers         security headers of every answer
errors          why a request is refused
"""
