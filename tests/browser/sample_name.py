"""A name that somebody might give a task, apart from the app: that one needs a Redis to be imported."""

HOSTILE = (
    "<img src=x onerror=window.ran=1><script>window.ran=1</script>\u202egnp.exe \U0001f469\u200d\U0001f680 &amp; ${1}"
)
"""HTML, a script, a mark that turns the direction of writing, an emoji of several characters."""
