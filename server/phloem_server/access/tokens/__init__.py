"""Tokens that let their bearer see single tasks, or act as a program with a role.

shares    those that a request brings
issuer    makes them, keeps what is known of them, and revokes them
mandate   which of them a principal may have made, see and revoke
duration  how long one is valid, as people write it
errors    why one cannot be made or revoked
"""
