"""Celery's own integration suite, run with and without Phloem.

archive       its source archive, unpacked
plugin        what pytest loads beside the suite: attaches Phloem, and writes down what happened
witness       what happens to each task, heard from Celery itself, with nothing of Phloem
run           one run of the suite in a process of its own, with a Redis of its own
story         what the witness saw of one task, and the state that it must have ended in
comparison    the record, the witness and the result backend, side by side
selection     the parts that run side by side, and the tenth of the suite that bin/test runs
"""
