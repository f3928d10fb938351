"""The file over HTTP that `fetch_url` downloads.

http_client  the conversation with an HTTP server
"""
