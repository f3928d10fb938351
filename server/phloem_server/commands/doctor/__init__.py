"""What is wrong with an installation, how that shows, and what to do: `phloem doctor`.

examination   all checks, one after the other
report        what is printed
checks/       what is looked at
check         a check, and a trouble that it finds
installation  what the checks look at, asked for once
site          requests to the proxy before the page, as a browser sends them
words         figures and names in sentences
"""
