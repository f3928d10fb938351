"""Sources: what is known of tasks whose app does not call `phloem.attach`. docs/observing.md says what that is.

Each turns what others tell into events of ours, which name whom they are known by; the record merges them.

observer         which web process observes
observation      all sources together, while this process observes
receiver         receives Celery's events
celery_events    Celery's events about tasks as events of ours
known_workers    workers by their heartbeats, and their leases
registered_tasks what such a worker can run
result_backend   follows and reads the result backend
stored_states    stored states as events of ours
reconciliation   compares open tasks with what workers and result backend say
runs             the present run of each task, which the sources share
texts            arguments, results and errors as Celery's events write them
"""
