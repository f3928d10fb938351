"""A Containerfile, as far as ours goes."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path


class Containerfile:
    """The instructions of a file, in their order: name and what follows."""

    def __init__(self, path: Path) -> None:
        lines = re.sub(r"^#.*\n", "", path.read_text(), flags=re.MULTILINE).replace("\\\n", " ").splitlines()
        self.instructions = [
            (name, " ".join(rest.split())) for name, _, rest in (line.partition(" ") for line in lines)
        ]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it sets."""
        return dict(word.split("=", 1) for word in shlex.split(" ".join(self._all("ENV"))))

    @property
    def command(self) -> list[str]:
        """What a container runs unless it is told otherwise."""
        [words] = self._all("CMD")
        return list(json.loads(words))

    @property
    def health_check(self) -> list[str]:
        """What says whether a container is healthy."""
        [words] = self._all("HEALTHCHECK")
        return list(json.loads(words.partition(" CMD ")[2]))

    def _all(self, wanted: str) -> list[str]:
        return [rest for name, rest in self.instructions if name == wanted]
