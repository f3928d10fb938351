"""What a request passes through before it reaches the application.

mount      two applications on one port
forwarded  what a trusted proxy says of a request that it passed on
prefix     the path of a proxy's site below which all of them are served
segments   names in paths, whatever characters they hold
"""
