"""The file over HTTP that `fetch_url` downloads.

http_client  a GET that only reaches the public Internet
answer       one request over a connection, and its answer as it arrives
addresses    which IP addresses are public
host_name    names of hosts in other scripts, as browsers look them up
file_name    the name that a Content-Disposition header gives a file
"""
