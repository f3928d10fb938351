"""The arguments of a task, as a process without its code knows them."""

from __future__ import annotations

import datetime
import enum
import math
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import msgspec
import pytest
from msgspec import Meta

from phloem.files import Upload
from phloem.instrument.arguments import places_of
from phloem.instrument.forms import arguments
from phloem.instrument.signature import ArgumentsError, Signature
from phloem.record.stores.forms import Argument, TaskForm


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point(msgspec.Struct):
    x: int
    y: Annotated[float, Meta(ge=0)] = 0.0


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    size: int


class Cat(msgspec.Struct, tag="cat"):
    lives: int


class Dog(msgspec.Struct, tag="dog"):
    name: str


class Pair(NamedTuple):
    first: int
    second: str


class Options(TypedDict, total=False):
    width: int


class Tree(msgspec.Struct):
    name: str
    below: list[Tree] = []


def plain(a: int, b: str = "x", /, c: float = 1.5, *rest: int, d: bool, **more: Annotated[int, Meta(le=9)]) -> None: ...


def shapes(
    colour: Colour = Colour.RED,
    mode: Literal["a", 1, None] = None,
    point: Point | None = None,
    points: Annotated[list[Point], Meta(max_length=2)] = [],  # noqa: B006
    strict: Strict | None = None,
    animal: Cat | Dog | None = None,
    pair: Pair | None = None,
    two: tuple[int, str] | None = None,
    options: Options | None = None,
    counts: dict[str, int] | None = None,
    tree: Tree | None = None,
    day: datetime.date | None = None,
    word: Annotated[str, Meta(pattern="^a+$", max_length=4)] | list[int] = "a",
    anything: Any = None,
    size: Annotated[int, Meta(ge=2, multiple_of=2)] | None = None,
    upload: Upload | None = None,
    raw: bytes = b"",
) -> None: ...


def sign_in(user: str, password: int, otp: Literal["a"] = "a") -> None: ...


def several(*tokens: int, **more: int) -> None: ...


def credentials(name: str, **passwords: str) -> None: ...


def form_of(function: Callable[..., Any], **more: Any) -> TaskForm:
    """As it is read from the record."""
    signature = Signature.of(function)
    form = TaskForm(
        name="it",
        doc=signature.doc,
        schema=signature.schema,
        arguments=tuple(arguments.told(signature)),
        **more,
    )
    return msgspec.json.decode(msgspec.json.encode(form), type=TaskForm)


def said(signature: Signature, args: list[Any], kwargs: dict[str, Any]) -> str:
    try:
        signature.check(args, kwargs)
    except ArgumentsError as error:
        return str(error)
    return "fits"


VALUES: dict[str, list[object]] = {
    "colour": ["red", "green", 1],
    "mode": ["a", 1, None, "b"],
    "point": [{"x": 1}, {"x": "1"}, {"y": 1}, {"x": 1, "y": -1}, {"x": 1, "z": 1}, [], None],
    "points": [[{"x": 1}, {}], [{"x": 1}] * 3],
    "strict": [{"size": 1, "more": 1}, {"size": 1}],
    "animal": [{"type": "cat", "lives": 7}, {"type": "cow"}, {"type": "dog"}, {}],
    "pair": [[1, "a"], [1], ["a", 1]],
    "two": [[1, "a"], [1], [1, 2]],
    "options": [{"width": 1}, {"width": "w"}, {}],
    "counts": [{"a": 1}, {"a": "b"}],
    "tree": [{"name": "a", "below": [{"name": "b"}]}, {"name": "a", "below": [{"name": 1}]}],
    "day": ["2030-01-31", "tomorrow", None],
    "word": ["aaaaa", [1], ["a"], 4],
    "anything": [{}, None, "x"],
    "size": [4, 3, 0, "4", True],
    "upload": ["no upload", "0123456789abcdef0123456789abcdef"],
    "raw": ["YQ==", "?", 1],
}
"""Of arguments of `shapes`, some that fit and some that do not."""


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        (plain, [1], {"d": True}),
        (plain, [1, "x", 2.5, 3, 4], {"d": True, "e": 9}),
        (plain, [1, "x", 2.5, "3"], {"d": True, "e": 10}),
        (plain, [], {"a": 1, "d": 0}),
        (plain, ["1", 2, math.inf], {}),
        (sign_in, ["ann", "geheim"], {}),
        (sign_in, ["ann", 1], {"otp": "geheim"}),
        (sign_in, ["ann", 1, "a", 4], {"what": 1}),
        (several, ["geheim"], {"api_key": "geheim", "size": "big"}),
        *[(shapes, [], {name: value}) for name, values in VALUES.items() for value in values],
    ],
)
def test_a_call_is_judged_in_the_same_words_as_where_the_code_is(
    function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
) -> None:
    known = Signature.of(function)
    told = arguments.signature(form_of(function))
    assert said(told, args, kwargs) == said(known, args, kwargs)
    assert (told.doc, told.schema) == (known.doc, known.schema)


def test_what_a_schema_says_for_a_form_alone_is_not_checked() -> None:
    def remind(at: Annotated[str, Meta(extra_json_schema={"format": "time"})]) -> None: ...

    form = form_of(remind)
    assert form.schema["properties"]["at"]["format"] == "time"
    arguments.signature(form).check(["noon"], {})


def test_a_schema_that_is_none_of_ours_checks_nothing() -> None:
    form = TaskForm(
        name="it",
        arguments=(Argument(name="a", type={"type": "rational"}), Argument(name="b", type={"$ref": "#/$defs/None"})),
    )
    arguments.signature(form).check(["x"], {"b": 1})


@pytest.mark.parametrize("function", [plain, sign_in, several, credentials])
def test_secrets_are_in_the_same_places_as_where_the_code_is(function: Callable[..., Any]) -> None:
    class Task:
        run = staticmethod(function)

    assert arguments.places(form_of(function)) == places_of(Task)


def test_what_the_worker_hides_is_hidden_where_its_name_tells_nothing() -> None:
    form = TaskForm(name="it", arguments=(Argument(name="pet", secret=True, type={"type": "integer"}),))
    assert "geheim" not in said(arguments.signature(form), ["geheim"], {})
    places = arguments.places(form)
    assert places is not None
    assert places.at == {0}


def test_where_the_names_of_arguments_tell_nothing_the_places_of_secrets_are_not_known() -> None:
    assert arguments.places(form_of(sign_in, judged=False)) is None
