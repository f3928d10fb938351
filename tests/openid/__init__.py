"""OpenID Connect providers on loopback: a real one, and one that misbehaves as tests want it to."""
