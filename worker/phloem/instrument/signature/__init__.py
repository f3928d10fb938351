"""The arguments of a task: their JSON Schema, and a check of given ones against it.

signature    the schema of all arguments, and the check
annotations  type annotations that msgspec checks and JSON Schema can express
docstring    what a docstring says of each argument
"""

from phloem.instrument.signature.signature import ArgumentsError, Signature

__all__ = ["ArgumentsError", "Signature"]
