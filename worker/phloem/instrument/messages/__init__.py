"""What is added to messages, and what they say of their tasks.

headers  all headers that Phloem adds
message  what a message says of its task, as fields of an event
owners   whose a task is that is sent
routes   the name of the queue that a message goes to
"""
