"""Refuses to build a wheel without the page in it: such a server would answer `/` with nothing."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = "phloem_server/static/index.html"


class PageIsBuilt(BuildHookInterface):
    """Looks for the page before a wheel is built; an install in place may come before the page."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Stop a build when the page is missing; `version` is "standard" or "editable"."""
        if version != "editable" and not Path(self.root, PAGE).is_file():
            raise SystemExit(f"server/{PAGE} is missing: bin/setup builds the page, bin/build the wheels as well.")
