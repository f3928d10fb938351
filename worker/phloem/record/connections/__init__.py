"""How the record connects to Redis, wherever that is.

factory   the interface, and the factory for an address
options   what holds for every connection
server    the one server that an address names
found     connections to a server that has to be looked up
sentinel  the master that Sentinels know
cluster   the node of a cluster that has the record's slot
"""
