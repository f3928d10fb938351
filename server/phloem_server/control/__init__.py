"""Commands to Celery: what can be sent, sending it, and asking workers. Knows no HTTP.

celery_app      loading the Celery app, and how long its broker is waited for
registry        the tasks that the Celery app can run, and a check of a call before it is sent
sender          sending a task
remote_control  telling workers what to do, and asking them what they are
errors          why Celery could not be told something
"""
