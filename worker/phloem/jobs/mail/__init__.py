"""Composing, delivering and counting mail for `send_email` and `send_newsletter`."""
