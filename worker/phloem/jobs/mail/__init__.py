"""Mail for `send_email` and `send_newsletter`.

compose      a mail as it is sent
smtp_client  the conversation with a mail server
delivery     keeps a mail from being sent twice
"""
