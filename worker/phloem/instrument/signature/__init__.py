"""The arguments of a task: their JSON Schema, and a check of given ones against it.

signature    the schema of all arguments, and the check
annotations  type annotations that msgspec checks and JSON Schema can express
json_types   such types, made of JSON Schema
docstring    what a docstring says of each argument
"""

from phloem.instrument.signature.signature import UNCHECKED, ArgumentsError, Signature

__all__ = ["UNCHECKED", "ArgumentsError", "Signature"]
