"""What the wheel of the server needs while it is built: the page, and the address of the project."""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

PAGE = "phloem_server/static/index.html"


class PageIsBuilt(BuildHookInterface):
    """Looks for the page before a wheel is built; an install in place may come before the page."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Stop a build when the page is missing; `version` is "standard" or "editable"."""
        if version != "editable" and not Path(self.root, PAGE).is_file():
            raise SystemExit(f"server/{PAGE} is missing: bin/setup builds the page, bin/build the wheels as well.")


class ProjectUrls(MetadataHookInterface):
    """Where the project is found, as whoever publishes it says: PHLOEM_PROJECT_URL while the wheel is built."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Without that variable there are no addresses in the wheel."""
        home = os.environ.get("PHLOEM_PROJECT_URL", "").rstrip("/")
        metadata["urls"] = {"Homepage": home} if home else {}
