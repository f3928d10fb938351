"""People whom a trusted proxy names in a header: it has asked who they are."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from werkzeug.wrappers import Request

from phloem_server.access.errors import ProxyHeaderInvalid, RoleMissing
from phloem_server.access.principal import Principal
from phloem_server.settings.identity import ProxyHeader
from phloem_server.web.middleware.forwarded import Network, is_within

NAME_LIMIT = 200
"""Characters of a name."""

TOLD_LIMIT = 20
"""Addresses that are logged as refused, at most: anybody can send a header."""

logger = logging.getLogger(__name__)


class Proxied:
    """Reads the header, and those that give roles, where one of `proxies` sends the request itself."""

    def __init__(self, settings: ProxyHeader, proxies: Sequence[Network]) -> None:
        self._settings = settings
        self._proxies = proxies
        self._told: set[str] = set()

    def principal(self, request: Request) -> Principal | None:
        """The person whom a proxy names; None if none does. ProxyHeaderInvalid, RoleMissing.

        From any other sender the header says nothing, and is logged once for each address.
        """
        field, address = self._settings.field, request.environ.get("REMOTE_ADDR", "")
        given = self._texts(request, field)
        if not is_within(address, self._proxies):
            if given:
                self._tell(address)
            return None
        if not given:
            return None
        name = given[0]
        if len(given) > 1 or len(name) > NAME_LIMIT or not name.isprintable():
            raise ProxyHeaderInvalid(f"{field} has to be one name of up to {NAME_LIMIT} printable characters.")
        role = self._settings.roles.role(lambda source: self._texts(request, source))
        if role is None:
            looked_at = ", ".join(self._settings.roles.sources)
            raise RoleMissing(f"The proxy knows you as {name}, but nothing gives you a role here: of {looked_at}.")
        return Principal.of_role(role, "proxy", name=name, account=f"proxy:{name}")

    def required(self) -> str:
        """Why a request is refused that nobody sent whom a proxy names."""
        return f"The proxy has to say who you are, in {self._settings.field}: that is missing, or another sent it."

    def _texts(self, request: Request, field: str) -> list[str]:
        """The values of a header. A proxy may pass on one that a client wrote beside its own: then there are two."""
        entry: str = request.environ.get(f"HTTP_{field.upper().replace('-', '_')}", "")
        try:
            text = entry.encode("latin-1").decode()  # WSGI hands header bytes over as latin-1
        except UnicodeDecodeError:
            raise ProxyHeaderInvalid(f"{field} is not UTF-8.") from None
        return [each for each in (part.strip() for part in text.split(",")) if each]

    def _tell(self, address: str) -> None:
        if address not in self._told and len(self._told) < TOLD_LIMIT:
            self._told.add(address)
            logger.warning(
                "%s came from %s, which is none of PHLOEM_TRUSTED_PROXIES: it says nothing.",
                self._settings.field,
                address or "a socket",
            )
