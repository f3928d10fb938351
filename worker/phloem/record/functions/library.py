"""The library that Redis loads: the Lua files beside this module, with the fields and ranks of the model filled in."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from phloem.model.event import ARRIVAL, DESCRIPTION, OUTCOME
from phloem.model.state import State
from phloem.model.task import LOG_LIMIT_ENTRIES
from phloem.settings import LEASE_SECONDS

FILES = ("task", "opened", "events", "leases", "retention", "changes", "functions")
"""The Lua files in the order in which they are joined: each uses only what stands before it."""


@cache
def library(lease_seconds: int = LEASE_SECONDS) -> tuple[str, str]:
    """The function library's name and code, for a record in which a worker's lease lasts so many seconds.

    The name follows the code, so no version calls the functions of another.
    """
    folder = resources.files("phloem.record.functions")
    code = "\n".join(folder.joinpath(f"{file}.lua").read_text("utf-8") for file in FILES)
    for name, fields in (("DESCRIPTION", DESCRIPTION), ("ARRIVAL", ARRIVAL), ("OUTCOME", OUTCOME)):
        code = code.replace(f"${name}", ", ".join(f"'{field}'" for field in fields))
    for state in State:
        code = code.replace(f"${state}", str(state.rank))
    for name, number in (("LOG_LIMIT_ENTRIES", LOG_LIMIT_ENTRIES), ("LEASE_SECONDS", lease_seconds)):
        code = code.replace(f"${name}", str(number))
    library_name = "phloem_" + hashlib.sha256(code.encode()).hexdigest()[:8]
    return library_name, f"#!lua name={library_name}\n" + code.replace("$NAME", library_name)
