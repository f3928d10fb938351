"""The entries of the schedule, from where the app's scheduler keeps them.

source    the interface of what they are read from
static    those of `beat_schedule`
database  those of django-celery-beat, in Django's database
redbeat   those of RedBeat, in Redis
choice    which of these it is, by `beat_scheduler`
reader    reads them again and again while a client watches, and tells why they cannot be read
"""
