"""How long a token is valid, as people write it: `90s`, `30m`, `12h`, `1d`."""

from __future__ import annotations

import re

from phloem.sharing.token import LONGEST_SECONDS
from phloem_server.access.tokens.errors import TokenUnfit

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str | float) -> float:
    """Seconds as a number, or as text of a number and its unit. TokenUnfit for anything else, and beyond a year."""
    if isinstance(text, str):
        found = re.fullmatch(r"([0-9]{1,9})([smhd])", text.strip())
        asked = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    else:
        asked = float(text)
    if not 0 < asked <= LONGEST_SECONDS:
        raise TokenUnfit(f"expires is {text!r}; expected a time up to 366d, such as 30m, 12h or 90d, or seconds")
    return asked
