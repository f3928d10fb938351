"""What has to come of each step of the scenario, whatever the versions."""

EXPECTED = {
    "progress": 'PROGRESS at 50 %, then SUCCESS "packed" at 100 %, and says Packed',
    "update_state": 'PROGRESS at 75 %, then SUCCESS "counted"',
    "autoretry": 'SUCCESS "fetched" after 2 retries',
    "retry, edited": "FAILURE ZeroDivisionError, then SUCCESS 4.0",
    "retry, as it was": "SUCCESS 4.0, then SUCCESS 4.0",
    "revoke": "REVOKED before it started",
    "terminate": "REVOKED after it started",
    "time limit": "FAILURE TimeLimitExceeded",
    "killed child": "FAILURE WorkerLostError",
    "chord": "SUCCESS 10.0",
    "failed chord": "FAILURE ChordError",
    "workers": "prefork with 2 slots takes from celery",
    "due times": "29 March 12:00:00, 28 March 12:01:00, 28 March 12:01:30",
    "node of a cluster": "told",
    "broker away": "refused at once",
}
