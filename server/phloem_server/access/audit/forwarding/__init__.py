"""Copies of the audit elsewhere, which whoever may change Redis cannot reach.

target     a place that entries are sent to
syslog     a syslog server, or the one of this machine
webhook    an address on the web, with signed requests
forwarder  sends what follows, from one of all web processes
"""
