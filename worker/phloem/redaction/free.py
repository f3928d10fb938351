"""Free text, such as an error's, without the secrets in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from phloem.patterns import Pattern
from phloem.redaction.chosen import CHOSEN
from phloem.redaction.names import STEMS, counts, is_secret
from phloem.redaction.shapes import MARK, without_shapes

REDACTED = MARK

# No possessive quantifiers: Python before 3.11.5 matches some of them wrongly, and a secret would be shown.
_NAME = Pattern(r"[\w.-]+")
_SEPARATOR = Pattern(r"""(?:\\*["'])? \]? \s* (?:=>|[=:](?!=)|%3[ADad]) \s*""", re.VERBOSE)
"""As of `name=`, `"name": ` and `['name'] = `."""
_PAIR = Pattern(r"""\\*["'] \s* , \s*""", re.VERBOSE)
"""Between the two of a pair: `('token', 'geheim')`, or of a command's arguments: `['--token', 'geheim']`."""
_PAIR_BEGINS = Pattern(r"""[(\[] \s* b? \\*["'] \Z""", re.VERBOSE)
_PAIR_ENDS = Pattern(r"\s*[)\]]")
_BLANK = Pattern(r"\s+(?=[^\s-])")
"""Behind an option: `--password geheim`."""
_TAG_ENDS = Pattern(r"(?:\s[^<>]*)?>(?=[^<\s])")
"""Behind the name of an element: `<password>geheim</password>`."""
_ELEMENT_TEXT = Pattern(r"[^<]+")

ANYWHERE = 6
"""Characters from which on a known secret is looked for anywhere; a shorter one only as a word by itself."""

_NAME_LIMIT = 200
"""Characters of the longest name that is recognised."""

_QUOTED = Pattern(r"""[bBfFrRuU]{0,2}(\\*["']) (?:(?!\1)(?:\\.|.))* (?:\1|\Z)""", re.VERBOSE | re.DOTALL)
"""Quoted, perhaps within a text that is quoted itself."""

_BARE = Pattern(
    r"""(?i:digest|hawk|oauth|aws4-hmac-sha256)\s+ [^\r\n]*
        | (?:(?i:basic|bearer|token|apikey|negotiate|ntlm)\s+)? (?:\[redacted\]|[^\s,;&)\]}])+""",
    re.VERBOSE,
)
_LINE = Pattern(r"""(?:[^\r\n"']|(?<=[=:])["'][^\r\n"']*["']?)+""")
_BRACKET = Pattern(r"""[\[\](){}]|(["'])(?:(?!\1)(?:\\.|.))*(?:\1|\Z)""", re.DOTALL)
_DEFAULT = Pattern(r"\s*=(?!=)\s*")

_FIGURE = Pattern(r"[-+\d.,_]+")
_HIDDEN = Pattern(r"""["']?[.…*•]+["']?""")
"""What people put in the place of a secret themselves."""
_FLAGS = ("None", "null", "True", "true", "False", "false")


def scrub(text: str, known: Sequence[str] = ()) -> str:
    """Free text without the secrets in it: `password=...`, `"token": "..."`, `://user:...@`, `ghp_...`, and `known`.

    Takes time in proportion to the text. Cut a long one before: to more than will be shown, since a secret that is cut
    off may not be recognised.
    """
    for secret in known:
        if secret in text and not is_secret(secret):  # what looks like a name may be that of another secret
            text = _without(text, secret)
    for pattern in CHOSEN.patterns:
        text = pattern.sub(REDACTED, text)
    text = without_shapes(text)
    if "=" in text or ":" in text or "%3" in text or "</" in text or ", " in text or " -" in text or text[:1] == "-":
        text = _without_values(text)
    for secret in known:
        if secret in text:
            text = _without(text, secret)
    return text


def _without(text: str, secret: str) -> str:
    if len(secret) >= ANYWHERE:
        return text.replace(secret, REDACTED)
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", REDACTED, text)


scrub_again = lru_cache(1000)(scrub)
"""`scrub` of a text that is likely to come again soon, such as a name."""
CHOSEN.forget.append(scrub_again.cache_clear)


def _without_values(text: str) -> str:
    """`text` without the values behind secret-looking names."""
    kept, end, examined = [], 0, 0
    for place in _places(text):
        if place < max(end, examined):
            continue
        start = place
        while start > end and place - start < _NAME_LIMIT and (text[start - 1].isalnum() or text[start - 1] in "_.-"):
            start -= 1
        before = text[start - 1 : start]
        if before == "%":  # ?token= within another address is %3Ftoken%3D
            start += 2
        name = _NAME.match(text, start)
        if name is None:
            continue
        examined = name.end()
        if not is_secret(name[0]):
            continue
        begins, stops = _value(text, name, before)
        if stops > begins and not _is_harmless(name[0], text[begins:stops]):
            kept += [text[end:begins], REDACTED]
            end = stops
    return "".join(kept) + text[end:] if kept else text


def _places(text: str) -> list[int]:
    """Where names of secrets may be: a search for each of their parts costs less than a look at each name."""
    low = text.lower()
    if CHOSEN.patterns or CHOSEN.forms or len(low) != len(text):
        return [name.start() for name in _NAME.finditer(text)]
    found = []
    for stem in _stems():
        place = low.find(stem)
        while place >= 0:
            found.append(place)
            place = low.find(stem, place + 1)
    found.sort()
    return found


@cache
def _stems() -> tuple[str, ...]:
    every = {*STEMS, *(max(name, key=len) for name in CHOSEN.names)}
    return tuple(stem for stem in every if not any(other != stem and other in stem for other in every))


CHOSEN.forget.append(_stems.cache_clear)


def _value(text: str, name: re.Match[str], before: str) -> tuple[int, int]:
    """Where the value of a name is; nothing where there is none."""
    begins = name.end()
    if (separator := _SEPARATOR.match(text, begins)) is not None:
        return separator.end(), _end_of_value(text, separator.end(), name[0])
    if before == "<" and (tag := _TAG_ENDS.match(text, begins)) is not None:
        found = _ELEMENT_TEXT.match(text, tag.end())
        return tag.end(), tag.end() if found is None else found.end()
    if before in ("'", '"') and (pair := _PAIR.match(text, begins)) is not None:
        end = _end_of_literal(text, pair.end(), name[0])
        # A container is the value, whatever follows: else what is within would be looked at again for each name.
        follows = _PAIR_ENDS.match(text, end) or text.startswith(("[", "{", "("), pair.end())
        if name[0].startswith("-") or (follows and _PAIR_BEGINS.search(text, max(0, name.start() - 20), name.start())):
            return pair.end(), end
    if name[0].startswith("-") and (blank := _BLANK.match(text, begins)) is not None:
        return blank.end(), _end_of_value(text, blank.end(), name[0])
    return begins, begins


def _end_of_value(text: str, start: int, name: str) -> int:
    """Where the value ends that begins at `start`; `start` where there is none."""
    end = _end_of_literal(text, start, name)
    if end > start and (default := _DEFAULT.match(text, end)) is not None:  # password: str = "..."
        return max(end, _end_of_literal(text, default.end(), name))
    return end


def _end_of_literal(text: str, start: int, name: str) -> int:
    if text.startswith(REDACTED, start):
        return start + len(REDACTED)
    if (quoted := _QUOTED.match(text, start)) is not None:
        return int(quoted.end())
    if text[start : start + 1] in ("[", "{", "("):
        return _end_of_bracket(text, start)
    if "cookie" in name.lower() and (line := _LINE.match(text, start)) is not None:  # all cookies, not the first
        return int(line.end())
    bare = _BARE.match(text, start)
    return start if bare is None else bare.end()


def _end_of_bracket(text: str, start: int) -> int:
    depth = 0
    for found in _BRACKET.finditer(text, start):
        depth += 1 if found[0] in "[({" else -1 if found[0] in "])}" else 0
        if depth <= 0:
            return int(found.end())
    return len(text)


def _is_harmless(name: str, value: str) -> bool:
    """Whether the text behind a secret-looking name is no secret."""
    return (
        value in _FLAGS
        or _HIDDEN.fullmatch(value) is not None
        or (_FIGURE.fullmatch(value) is not None and counts(name))
    )
