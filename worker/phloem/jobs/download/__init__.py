"""The file over HTTP that `fetch_url` downloads."""
