"""Everything fails at once, for a minute: at the end readers, Redis and producers must agree on every task."""
