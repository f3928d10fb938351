"""The local mailbox: a mail server on loopback that sends nothing on, and keeps what arrives as files.

smtpd   takes mail
store   the messages, as files
letter  what stands in a message
"""
