"""The calls of tasks, kept so that the tasks can be run again.

call        the message of a task, as the broker had it
chosen      texts that the sender chose to be shown instead of the arguments
handed      the message that a worker's main process hands to its child
revocation  the message of a task that is revoked
"""
