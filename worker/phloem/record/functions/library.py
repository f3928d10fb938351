"""The library that Redis loads: the Lua files beside this module, with the fields and ranks of the model filled in."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from phloem.model.event import ARRIVAL, DESCRIPTION, OUTCOME
from phloem.model.state import State
from phloem.model.task import LOG_LIMIT_ENTRIES
from phloem.settings import LEASE_SECONDS


@cache
def library(lease_seconds: int = LEASE_SECONDS) -> tuple[str, str]:
    """The function library's name and code, for a record in which a worker's lease lasts so many seconds.

    The name follows the code, so no version calls the functions of another.
    """
    parts = (resources.files("phloem.record.functions").joinpath(f"{name}.lua") for name in ("task", "opened"))
    code = "\n".join(part.read_text("utf-8") for part in parts)
    for key, fields in (("DESCRIPTION", DESCRIPTION), ("ARRIVAL", ARRIVAL), ("OUTCOME", OUTCOME)):
        code = code.replace(f"${key}", ", ".join(f"'{field}'" for field in fields))
    for state in State:
        code = code.replace(f"${state}", str(state.rank))
    code = code.replace("$LOG_LIMIT_ENTRIES", str(LOG_LIMIT_ENTRIES)).replace("$LEASE_SECONDS", str(lease_seconds))
    name = "phloem_" + hashlib.sha256(code.encode()).hexdigest()[:8]
    return name, f"#!lua name={name}\n" + code.replace("$NAME", name)
