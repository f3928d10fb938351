"""The checks of the doctor, by what they look at. None knows another.

settings  variables, the app, the data folder, the mail server
redis     the Redis that keeps the record
audit     who changed what, as the record has it
people    the OpenID Connect provider at which people sign in
broker    broker, result backend, queues
worker    the workers
site      the proxy before the page
"""
