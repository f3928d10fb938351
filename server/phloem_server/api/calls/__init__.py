"""What the calls of all resources share.

resource     errors, what the caller may do, the limit of a body
known_tasks  the tasks that the caller may know of
limiting     how much the caller may ask for
by_whom      who had something done to a task
answers      types of answers
accepted     the answer to a call that sent a task
errors       the errors of the resources, and the HTTP status of each error of the domain
"""
