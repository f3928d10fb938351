"""What is wrong with an installation, how that shows, and what to do: `phloem doctor`.

examination      all checks, one after the other
report           what is printed
check            a check, and a trouble that it finds
installation     what the checks look at, asked for once
settings_checks  variables, the app, the data folder, the mail server
redis_checks     the Redis that keeps the record
audit_checks     who changed what, as the record has it
people_checks    the OpenID Connect provider at which people sign in
broker_checks    broker, result backend, queues
worker_checks    the workers
site_checks      the proxy before the page
site             requests to that proxy, as a browser sends them
words            figures and names in sentences
"""
