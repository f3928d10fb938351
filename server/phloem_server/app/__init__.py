"""Puts the server together.

create   makes the application of all its parts
serve    the command `phloem serve`
runtime  what an application runs, from its start to its end
loops    a thread for each loop
metrics  the figures at /metrics
"""
