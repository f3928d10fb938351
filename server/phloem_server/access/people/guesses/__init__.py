"""How often a password may be tried.

throttle       by each peer, for each account, and by all together
shared_counts  what all web processes count together
"""
