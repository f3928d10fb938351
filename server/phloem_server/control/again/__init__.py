"""The message of another run of a task, made from what was kept of its own.

body         the members of a message's body, of which only those that have to change are written anew
arguments    kept arguments as JSON that can be edited, and what the edited ones stand for
second_run   the message: its id, its times, what follows it
words        what of a workflow will run, in sentences
errors       why a message cannot be made
"""
