"""Sends events to the record, from a thread of its own.

recorder  the recorder of a process, and its thread
delivery  events on their way to the record
backlog   a queue of events, bounded in number and in bytes
replay    events that are recorded again after Redis forgot them
sampler   what is sampled for news: the runs in progress
"""
