"""Who changed what, when, from where and by which means, and what came of it.

entry         what an entry says
chain         entries in the record, each with the hash of the one before it in its own
last_seen     the end of the chain as this machine saw it last, kept apart from the record
verification  whether the chain is whole, and where it is not
refusals      many refusals of one kind as one entry with a count
forwarding/   copies of it elsewhere
trail         takes entries from the whole process, and appends them
witness       makes entries of requests
"""
