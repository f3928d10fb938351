"""Requests on their way in, whatever serves them: how many there may be, and what they may look like.

arrivals  the connections whose request has not arrived yet: how many, and for how long
head      the first line and the fields of a request, read strictly
body      the body of a request: in chunks, and as what a view reads
"""
