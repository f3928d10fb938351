"""What the wheel of the library needs while it is built: the address of the project."""

import os
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class ProjectUrls(MetadataHookInterface):
    """Where the project is found, as whoever publishes it says: PHLOEM_PROJECT_URL while the wheel is built."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Without that variable there are no addresses in the wheel."""
        home = os.environ.get("PHLOEM_PROJECT_URL", "").rstrip("/")
        metadata["urls"] = {"Homepage": home} if home else {}
