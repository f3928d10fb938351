"""The boards: small pictures of more than tasks.

workers         the workers, and what they run
queues          the queues, and what waits in them
fleet           what workers and broker answered last, for those two
schedule        the entries of beat's schedule, and running one now
missed_runs     when an entry is due, and how often it did not run
schedule_words  a schedule in words
activity        the last hour
"""
