"""The boards: small pictures of more than tasks.

workers         the workers, and what they run
worker_answers  all that one of them tells when it is asked
roster          which workers there are, by their answers, their leases and the record
queues          the queues, and what waits in them
fleet           what workers and broker answered last, for those two
rounds          what is asked or read only while a client watches
schedule        the entries of beat's schedule, and running one now
entries         where those are read
outlook         when an entry runs next, and what of it did not come
missed_runs     when an entry is due, and how often it did not run
due_times       when a schedule of Celery is due
schedule_words  a schedule in words
activity        the last hour
views           searches that people share
"""
