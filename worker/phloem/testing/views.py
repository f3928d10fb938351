"""The shared views of the record in memory."""

from __future__ import annotations

from phloem.record.stores import views
from phloem.record.stores.views import Saved, SharedView


class MemoryViews:
    """Shared views in the memory of this process. See `ViewStore`."""

    def __init__(self) -> None:
        self._views: dict[str, SharedView] = {}

    def save(self, view: SharedView, *, replace: bool = False) -> Saved:
        """Keeps a view. See `ViewStore.save`."""
        if view.name in self._views and not replace:
            return "taken"
        if view.name not in self._views and len(self._views) >= views.VIEWS_LIMIT:
            return "full"
        self._views[view.name] = view
        return "saved"

    def remove(self, name: str) -> bool:
        """Removes a view. See `ViewStore.remove`."""
        return self._views.pop(name, None) is not None

    def all(self) -> tuple[SharedView, ...]:
        """All views. See `ViewStore.all`."""
        return tuple(view for _, view in sorted(self._views.items()))
