"""Values as text that may leave the process: without secrets, and bounded in length.

names   which names are those of secrets
shapes  texts that are secrets wherever they stand: tokens, keys, passwords in addresses
chosen  names and patterns that an installation adds: PHLOEM_REDACT
free    free text, such as an error's, without the secrets in it
values  values as text
fields  fields of a log line
escapes text without what steers a terminal
bounds  text of bounded length
lines   what a run logs, without its secrets
"""

from phloem.redaction.bounds import ROW_LIMIT, TASK_LIMIT, clip, text
from phloem.redaction.chosen import also
from phloem.redaction.escapes import plain
from phloem.redaction.free import REDACTED, scrub, scrub_again
from phloem.redaction.lines import Veil
from phloem.redaction.names import hides, is_secret
from phloem.redaction.shapes import without_shapes
from phloem.redaction.values import WITHHELD, are_single, is_single, redact, short_and_long, show, texts_in

__all__ = [
    "REDACTED",
    "ROW_LIMIT",
    "TASK_LIMIT",
    "WITHHELD",
    "Veil",
    "also",
    "are_single",
    "clip",
    "hides",
    "is_secret",
    "is_single",
    "plain",
    "redact",
    "scrub",
    "scrub_again",
    "short_and_long",
    "show",
    "text",
    "texts_in",
    "without_shapes",
]
