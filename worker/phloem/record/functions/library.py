"""The library that Redis loads: the Lua files beside this module, with the fields and ranks of the model filled in."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from phloem.model.event import ARRIVAL, DELIVERY, DESCRIPTION, LATEST, OUTCOME
from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import LOG_LIMIT_ENTRIES, STEPS_KEPT_BYTES, TRIES_LIMIT
from phloem.redaction import WITHHELD
from phloem.settings import LEASE_SECONDS

FILES = (
    "task/trust",
    "task/task",
    "task/verdict",
    "task/tries",
    "recall",
    "opened",
    "events",
    "leases",
    "retention",
    "log",
    "changes",
    "forms",
    "audit",
    "functions",
)
"""The Lua files in the order in which they are joined: each uses only what stands before it."""


FORMAT = 1
"""The format of the record's keys and values. Versions of Phloem that have the same one share a record, also while one
replaces the other. It changes where an older version would misread or spoil what a newer one writes."""


@cache
def library(lease_seconds: int = LEASE_SECONDS) -> tuple[str, str]:
    """The function library's name and code, for a record in which a worker's lease lasts so many seconds.

    The name follows the code, so no version calls the functions of another.
    """
    folder = resources.files("phloem.record.functions")
    code = "\n".join(folder.joinpath(f"{file}.lua").read_text("utf-8") for file in FILES)
    groups = {"DESCRIPTION": DESCRIPTION + LATEST, "DELIVERY": DELIVERY, "ARRIVAL": ARRIVAL, "OUTCOME": OUTCOME}
    for name, fields in groups.items():
        code = code.replace(f"${name}", ", ".join(f"'{field}'" for field in fields))
    code = code.replace("$KNOWN_BY", ", ".join(f"'{each}'" for each in KnownBy))
    for state in State:
        code = code.replace(f"${state}", str(state.rank))
    numbers = {
        "FORMAT": FORMAT,
        "LOG_LIMIT_ENTRIES": LOG_LIMIT_ENTRIES,
        "TRIES_LIMIT": TRIES_LIMIT,
        "STEPS_KEPT_BYTES": STEPS_KEPT_BYTES,
        "LEASE_SECONDS": lease_seconds,
    }
    for name, number in numbers.items():
        code = code.replace(f"${name}", str(number))
    code = code.replace("$WITHHELD", WITHHELD)
    library_name = "phloem_" + hashlib.sha256(code.encode()).hexdigest()[:8]
    return library_name, f"#!lua name={library_name}\n" + code.replace("$NAME", library_name)
