"""How fresh what the mirror holds is, and of which record.

redis_clock   how far the mirror is behind Redis, by the time that Redis gives
"""
