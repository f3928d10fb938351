"""The API against its own description: random requests of every kind, by schemathesis.

    python -m tests.openapi [--examples 100]

No answer is a 500, and none lies outside of its schema. Without a number of examples it runs its short form, which
bin/test does as well.
"""
