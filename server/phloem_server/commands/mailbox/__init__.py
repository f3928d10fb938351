"""The local mailbox: a mail server on loopback that sends nothing on, and keeps what arrives as files."""
