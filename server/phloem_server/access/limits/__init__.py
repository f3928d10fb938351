"""How much may be asked of a web process: by each principal, and by each address.

buckets      counts what is left
limits       who is counted, and for what
connections  the limit of new connections
"""
