"""What the tests of guesses share."""

from __future__ import annotations

import pytest

from tests.unit.server.access.people.guesses.machine import Account, Machine


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def account(machine: Machine) -> Account:
    return Account(machine)
