"""`python -m tools.pictures`: takes the pictures of README and documentation from the running page, light and dark.

- `shop`: the Celery app whose tasks the pictures show.
- `stage`: Redis, web and workers of that app, with tasks that ended, run and wait.
- `catalogue`: which pictures there are, and their files.
- `scenes`: what is on each of those that stand still.
- `film`: the moving one: a job from the click to its result.
- `themes`: a page of the browser in each theme.
- `__main__`: the command line.
"""
