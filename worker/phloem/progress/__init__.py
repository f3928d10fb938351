"""What a running task reports: loops, steps, messages and log lines.

track      `phloem.track`, `phloem.step`, `phloem.log` and `phloem.label`
current    the run that a piece of code belongs to
run        one execution of a task, and what it reports
outline    all steps of a run, in their order
steps      one step, and the step that a piece of code is within
owner      what a step needs of the run that it belongs to
log_lines  the log lines that wait to be sampled
terminal   what a terminal would show of printed text
rate       rate and time left, from counts and times
"""
