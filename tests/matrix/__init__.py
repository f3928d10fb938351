"""Phloem's wheels with every Celery, redis-py and Python that they promise, each in an environment of its own.

combinations    which versions go together
pythons         the Pythons of this machine
debian          a newer Python, from Debian's packages
environment     a virtual environment with our wheels and the versions of one combination
shop            the app that the scenario attaches
scenario        what runs in each environment: real processes
steps           what is done with them
inside          steps that need no other process
expected        what has to come of each step
"""
