"""How fresh what the mirror holds is, and of which record.

liveness      whether Redis answers and all it holds has arrived, and since when
redis_clock   how far the mirror is behind Redis, by the time that Redis gives
continuity    whether the mirror may take the place of what a client was shown before, by another process or record
counts        what following the record did so far
"""
