"""Sends events to the record, from a thread of its own.

recorder     the recorder of a process, and its thread
turn         whose turn it is to use the channel
delivery     events on their way to the record
deferred     events that are made when they are sent, or never
backlog      a queue of events, bounded in number and in bytes
retries      when a record that is out of reach is tried again
replay       events that are recorded again after Redis forgot them
leases       the leases that a process renews
process_end  what is to be done before a process ends
sampler      what is sampled for news: the runs in progress
"""
