"""Users: listed, added, changed and removed."""

from __future__ import annotations

import msgspec
from flask import Blueprint, request
from werkzeug.wrappers import Response

from phloem.record.stores.users import Role, User
from phloem_server.access.people.accounts import Accounts
from phloem_server.api.calls.answers import KnownUser, KnownUsers, UserRemoved
from phloem_server.api.calls.resource import resource
from phloem_server.web.body import answer, required
from phloem_server.web.declared import needs, tells
from phloem_server.web.noted import noted


class NewUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who may sign in from now on."""

    name: str
    role: Role
    password: str
    owner: str | None = None
    """Whose tasks they see; null for those of all."""


class UserChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be another: a role goes with its owner, and without one the user sees the tasks of all."""

    role: Role | None = None
    owner: str | None = None
    password: str | None = None


def blueprint(accounts: Accounts) -> Blueprint:
    """The calls."""
    calls = resource("users")

    @calls.get("/users")
    @needs("users")
    @tells("The people who may sign in with a name.", KnownUsers)
    def users() -> Response:
        return answer(KnownUsers(users=tuple(_told(name, user) for name, user in accounts.all().items())))

    @calls.post("/users")
    @needs("users")
    @tells("Adds a user.", KnownUser, status=201, body=NewUser)
    def add() -> Response:
        new = required(NewUser)
        said = noted(request.environ)
        said.target, said.detail = new.name, f"add as {_named(new.role, new.owner)}"
        user = accounts.add(new.name, new.role, new.owner, new.password)
        return answer(_told(user.name, user), 201)

    @calls.patch("/users/<name:name>")
    @needs("users")
    @tells(
        "Gives a user another role, with its owner, or another password; ends their sessions.",
        KnownUser,
        body=UserChange,
    )
    def change(name: str) -> Response:
        asked = required(UserChange)
        noted(request.environ).detail = "give " + " and ".join(
            [
                *([] if asked.role is None else [f"the role {_named(asked.role, asked.owner)}"]),
                *([] if asked.password is None else ["another password"]),
            ]
        )
        user = accounts.change(name, **msgspec.structs.asdict(asked))
        return answer(_told(user.name, user))

    @calls.delete("/users/<name:name>")
    @needs("users")
    @tells("Removes a user, and ends their sessions. The only admin stays.", UserRemoved)
    def remove(name: str) -> Response:
        noted(request.environ).detail = "remove"
        accounts.remove(name)
        return answer(UserRemoved(name=name))

    return calls


def _named(role: Role, owner: str | None) -> str:
    return role if owner is None else f"{role}, of the tasks of {owner}"


def _told(name: str, user: User | None) -> KnownUser:
    if user is None:
        return KnownUser(name=name, role=None, owner=None, created_at=None, changed_at=None)
    return KnownUser(
        name=user.name, role=user.role, owner=user.owner, created_at=user.created_at, changed_at=user.changed_at
    )
