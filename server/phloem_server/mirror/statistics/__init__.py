"""Figures about tasks, kept up to date by what changes. Those that exist are listed in `mirror.STATISTICS`.

statistic     what a figure has to offer to be registered with the index
workload      which tasks run, which wait in which queue, what the schedule sent
flow          how many tasks came to each queue and left it in the last minute
lost          the tasks that are LOST, by the worker that had them
last_hour     what ended, waited and ran in the last hour, and how each job went
releases      when which release began to run
queue_levels  how many tasks waited in each queue, for each ten seconds of the last hour
run_times     histograms of run times
"""
