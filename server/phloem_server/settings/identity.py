"""The settings of those who tell this server who a person is: an OpenID Connect provider, or a trusted proxy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from phloem.settings import SettingError
from phloem_server.settings.role_rules import RoleRules
from phloem_server.web.hosts import is_loopback

ISSUER = "PHLOEM_OIDC_ISSUER"
CLIENT_ID = "PHLOEM_OIDC_CLIENT_ID"
CLIENT_SECRET = "PHLOEM_OIDC_CLIENT_SECRET"
ROLES = "PHLOEM_OIDC_ROLES"
OWNER = "PHLOEM_OIDC_OWNER"
NAME = "PHLOEM_OIDC_NAME"
AUTH_HEADER = "PHLOEM_AUTH_HEADER"
AUTH_ROLES = "PHLOEM_AUTH_ROLES"
TRUSTED_PROXIES = "PHLOEM_TRUSTED_PROXIES"

NAME_LIMIT = 60
"""Characters of what the provider is called on the button."""

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")

_PROXY_FIELDS = ("authorization", "connection", "content-length", "content-type", "cookie", "host", "origin", "upgrade")
"""Headers that mean something else."""


class OpenID(msgspec.Struct, frozen=True, kw_only=True):
    """The OpenID Connect provider at which people sign in."""

    issuer: str
    """As the provider itself writes it: discovery begins here, and every ID token names it."""
    client_id: str
    """By which the provider knows this server."""
    client_secret: str | None = None
    """With which this server proves that it is that client. None for a public client, which PKCE alone protects."""
    roles: RoleRules
    """Which claims give which roles."""
    owner: str | None = None
    """The claim whose value is the owner of the tasks that viewers see. None: viewers see every task."""
    name: str
    """What people call the provider."""


class ProxyHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The header in which a trusted proxy says who a person is."""

    field: str
    """Its name, as it is written in HTTP."""
    roles: RoleRules
    """Which headers give which roles."""


def openid(environ: Mapping[str, str]) -> OpenID | None:
    """The provider that `environ` names, None if it names none. SettingError."""
    issuer = environ.get(ISSUER) or ""
    if not issuer:
        for name in (CLIENT_ID, CLIENT_SECRET, ROLES, OWNER, NAME):
            if environ.get(name):
                raise SettingError(ISSUER, "", f"the address of the provider that {name} is about")
        return None
    _check_issuer(issuer)
    client_id = environ.get(CLIENT_ID) or ""
    if not client_id.strip() or not client_id.isprintable():
        raise SettingError(CLIENT_ID, client_id, "the name by which the provider knows this server (client_id)")
    secret = environ.get(CLIENT_SECRET) or None
    if secret is not None and (not secret.isprintable() or not secret.isascii()):
        raise SettingError(CLIENT_SECRET, "***", "printable ASCII characters, or nothing for a public client")
    name = environ.get(NAME) or urlsplit(issuer).netloc
    if not name.isprintable() or len(name) > NAME_LIMIT:
        raise SettingError(NAME, name, f"what people call the provider, in up to {NAME_LIMIT} characters")
    return OpenID(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret,
        roles=RoleRules.parse(
            ROLES, environ.get(ROLES) or "", example="groups:phloem-admins=admin,groups:staff=viewer"
        ),
        owner=environ.get(OWNER) or None,
        name=name,
    )


def proxy_header(environ: Mapping[str, str]) -> ProxyHeader | None:
    """The header that `environ` names, None if it names none. SettingError, also where no proxy is trusted."""
    field = environ.get(AUTH_HEADER) or ""
    if not field:
        if environ.get(AUTH_ROLES):
            raise SettingError(AUTH_HEADER, "", f"the header, such as X-Forwarded-User, that {AUTH_ROLES} is about")
        return None
    if not _FIELD.fullmatch(field) or field.lower() in _PROXY_FIELDS:
        raise SettingError(AUTH_HEADER, field, "the name of a header of its own, such as X-Forwarded-User")
    if not environ.get(TRUSTED_PROXIES):
        raise SettingError(
            AUTH_HEADER,
            field,
            f"a header once {TRUSTED_PROXIES} names the proxies that write it: anybody else could write it as well",
        )
    roles = RoleRules.parse(
        AUTH_ROLES,
        environ.get(AUTH_ROLES) or "*=viewer",
        example="X-Forwarded-Groups:phloem-admins=admin,*=viewer",
    )
    for source in roles.sources:
        if not _FIELD.fullmatch(source):
            raise SettingError(AUTH_ROLES, source, "names of headers, such as X-Forwarded-Groups, before the colon")
    return ProxyHeader(field=field, roles=roles)


def is_protected(url: str) -> bool:
    """Whether a URL leads to one host, by TLS unless that is this machine."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return named and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")))


def _check_issuer(issuer: str) -> None:
    parts = urlsplit(issuer) if is_protected(issuer) else None
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc or not issuer.isprintable():
        raise SettingError(
            ISSUER, issuer, "the address of an OpenID Connect provider, such as https://login.example.com/realms/staff"
        )
