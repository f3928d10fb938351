"""HTTP in general, whatever a call is about.

problem     the one shape of an error
errors      problems that any call can have
body        reading a body and a query string, and answering in JSON
site        the built page, and the probes of a process manager
encodings   which form of a built file a client takes: brotli, gzip, or as it is
html        small pages that the server renders itself
hosts       hosts, origins and addresses in one spelling
paths       paths on which several folders agree
middleware/ what a request passes through before it reaches the application
declared    what a call needs that its client may do
noted       what is known of a request beside its answer
environ     entries of the WSGI environ that are ours
imports     importing a library without what it imports only where it is installed
"""
