"""tqdm's own suite, from its source archive, with Phloem's bars in the place of tqdm's.

plugin    what pytest loads beside the suite: puts our bars there, runs each test in a task, writes down what happened
run       one run of the suite in a process of its own
expected  the tests that docs/tqdm.md says do not pass where bars are not drawn
"""
