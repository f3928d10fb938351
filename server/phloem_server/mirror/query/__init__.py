"""What a client asks to see of all tasks: reading it, and deciding which tasks fit.

query         all that can be asked for; exclusion is its part `not`
fields        the fields with few values, and those that hold the id of a task
values        reads single values
patterns      matches texts against patterns with `*`
moments       points in time: a time, a date, or an age
comparisons   durations and counts that are compared: `>10s`
arguments     finds an argument of a task by its name
conditions    what a task has to fit, apart from what an index answers
search_text   the text that words are looked for in, and the words of a search
"""
