"""Tokens that let their bearer see certain tasks: made in Python, without any request, and read by every web process.

share  makes one
token  what a token says, and its signature
"""
