"""Tokens that let their bearer see single tasks.

shares  those that `phloem.share` makes, as a request brings them
"""
