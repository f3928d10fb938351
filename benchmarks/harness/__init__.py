"""What the benchmarks share.

measures    limits, quantiles, and what a process uses
web         the real web process with its Redis
viewers     many light viewers in a process of their own
probe       the web process, noting how long each change takes into its mirror
lives       events of tasks that run at the same time
fleet       workers that are busy at a steady pace
changes     tasks that change at a given rate, told to Phloem and to other dashboards
dashboards  how other dashboards are started
look        how a dashboard shows the states of tasks
painted     when a page has painted a change
trace       what a trace of the browser says
"""
