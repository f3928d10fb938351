"""Signatures: the schema a form is made of, and the check of arguments before a task is sent."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import celery
import msgspec
import pytest
from msgspec import Meta

from phloem.files import Upload
from phloem.instrument.signature import ArgumentsError, Signature

if TYPE_CHECKING:
    from decimal import Decimal

UPLOAD = "0123456789abcdef0123456789abcdef"


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Account(msgspec.Struct):
    user: str = "ann"
    password: str = "hunter2"


class Point(msgspec.Struct):
    x: int
    y: int = 0


def resize(upload: Upload, width: Annotated[int, Meta(ge=1, le=100)] = 50, height: int | None = None) -> None:
    """Makes a picture smaller.

    The original stays as it is.

    Args:
        upload: the picture,
            as it was uploaded
        width (int): pixels
        height: pixels as well

    Returns:
        nothing.
    """


def anything(first, second=None, *rest, option=1, **options):  # type: ignore[no-untyped-def]
    pass


def test_the_schema_has_types_bounds_defaults_and_descriptions() -> None:
    assert Signature.of(resize).schema == {
        "type": "object",
        "properties": {
            "upload": {
                "type": "string",
                "pattern": "^[0-9a-f]{32}$",
                "minLength": 32,
                "maxLength": 32,
                "format": "upload",
                "description": "the picture, as it was uploaded",
            },
            "width": {
                "type": "integer",
                "minimum": 1,
                "maximum": 100,
                "default": 50,
                "description": "pixels",
            },
            "height": {
                "anyOf": [{"type": "integer"}, {"type": "null"}],
                "default": None,
                "description": "pixels as well",
            },
        },
        "required": ["upload"],
        "additionalProperties": False,
    }


def test_the_doc_is_the_docstring_without_its_arguments() -> None:
    assert Signature.of(resize).doc == (
        "Makes a picture smaller.\n\nThe original stays as it is.\n\nReturns:\n    nothing."
    )


def test_fields_of_a_docstring_are_read_as_well() -> None:
    def task(number: int, text: str) -> None:
        """Does it.

        :param int number: how
            many
        :param text: what
        """

    signature = Signature.of(task)

    assert signature.doc == "Does it."
    assert signature.schema["properties"]["number"]["description"] == "how many"
    assert signature.schema["properties"]["text"]["description"] == "what"


def test_a_description_at_the_type_counts() -> None:
    def task(number: Annotated[int, Meta(description="how many")]) -> None: ...

    assert Signature.of(task).schema["properties"]["number"]["description"] == "how many"
    assert Signature.of(task).doc == ""


def test_own_types_become_definitions() -> None:
    def task(colour: Colour, points: list[Point]) -> None: ...

    schema = Signature.of(task).schema

    assert schema["properties"]["colour"] == {"$ref": "#/$defs/Colour"}
    assert schema["properties"]["points"]["items"] == {"$ref": "#/$defs/Point"}
    assert set(schema["$defs"]) == {"Colour", "Point"}


def test_the_self_of_a_bound_task_is_no_argument() -> None:
    app = celery.Celery(set_as_current=False)

    @app.task(bind=True, autoretry_for=(OSError,), shared=False)  # type: ignore[untyped-decorator, unused-ignore]
    def bound(self: object, number: int) -> None:
        """Counts."""

    @app.task(shared=False)  # type: ignore[untyped-decorator, unused-ignore]
    def plain(number: int) -> None:
        """Counts."""

    for task in (bound, plain, bound.run):
        signature = Signature.of(task)
        assert signature.schema["properties"] == {"number": {"type": "integer"}}
        assert signature.doc == "Counts."
        signature.check([1], {})


def test_what_json_schema_cannot_express_takes_anything() -> None:
    def task(
        a: Callable[[], int],
        b: complex,
        c: Decimal,  # not there when the program runs
        d: NotThere,  # type: ignore[name-defined]  # noqa: F821
        e: int = 1,
        f: object = ...,
    ) -> None: ...

    signature = Signature.of(task)

    assert signature.schema["properties"] == {
        "a": {},
        "b": {},
        "c": {},
        "d": {},
        "e": {"type": "integer", "default": 1},
        "f": {},
    }
    signature.check(["x", {}, [1], None, 2, 3], {})
    with pytest.raises(ArgumentsError, match=r"^e: "):
        signature.check([], {"a": 1, "b": 1, "c": 1, "d": 1, "e": "x"})


def test_untyped_and_collecting_parameters_take_anything() -> None:
    signature = Signature.of(anything)

    assert signature.schema["additionalProperties"] is True
    assert signature.schema["required"] == ["first"]
    signature.check([1, "two", None, [4]], {"option": {}, "more": 5})


def test_types_of_collecting_parameters_count() -> None:
    def task(*numbers: int, **texts: str) -> None: ...

    signature = Signature.of(task)

    signature.check([1, 2], {"a": "x"})
    with pytest.raises(ArgumentsError, match=r"^numbers\[1\]: expected `int`, got `str` \"2\"$"):
        signature.check([1, "2"], {})
    with pytest.raises(ArgumentsError, match=r'^"a": expected `str`, got `int` 1$'):
        signature.check([], {"a": 1})


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ([UPLOAD], {}),
        ([UPLOAD, 1], {"height": 2}),
        ([], {"upload": UPLOAD, "width": 100, "height": None}),
    ],
)
def test_arguments_that_fit_pass(args: list[Any], kwargs: dict[str, Any]) -> None:
    Signature.of(resize).check(args, kwargs)


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([], {}, "upload: missing"),
        ([UPLOAD], {"upload": UPLOAD}, "upload: given twice, by position and by name"),
        (
            [UPLOAD, 1, 1, 1],
            {},
            "at most 3 positional arguments are taken, got 4",
        ),
        (
            [UPLOAD],
            {"widht": 3},
            '"widht": unexpected; there is upload, width, height',
        ),
        ([UPLOAD, "50"], {}, 'width: expected `int`, got `str` "50"'),
        ([UPLOAD, True], {}, "width: expected `int`, got `bool` true"),
        ([UPLOAD, 0], {}, "width: expected `int` >= 1, got 0"),
        ([UPLOAD, 1.5], {}, "width: expected `int`, got `float` 1.5"),
        ([UPLOAD, None], {}, "width: expected `int`, got `null` null"),
        (["x"], {}, 'upload: expected `str` of length >= 32, got "x"'),
        ([UPLOAD + "\n"], {}, f'upload: expected `str` of length <= 32, got "{UPLOAD}\\n"'),
        (
            [],
            {"width": 0, "x": 1},
            ('upload: missing; "x": unexpected; there is upload, width, height; width: expected `int` >= 1, got 0'),
        ),
    ],
)
def test_the_refusal_names_the_argument_what_came_and_what_was_expected(
    args: list[Any], kwargs: dict[str, Any], told: str
) -> None:
    with pytest.raises(ArgumentsError) as refusal:
        Signature.of(resize).check(args, kwargs)

    assert str(refusal.value) == told


def test_a_fault_within_a_value_is_told_with_its_place() -> None:
    def task(points: list[Point], names: dict[int, str]) -> None: ...

    with pytest.raises(ArgumentsError) as refusal:
        Signature.of(task).check([[{"x": 1}, {"x": "2"}]], {"names": {"a": "b"}})

    assert str(refusal.value) == (
        'points[1].x: expected `int`, got `str`, in [{"x": 1}, {"x": "2"}]; names: expected `int`, got `str` {"a": "b"}'
    )


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"a": [1, {"b": x}]}])
def test_numbers_that_are_not_finite_are_refused_everywhere(number: float, wrap: Callable[[float], object]) -> None:
    with pytest.raises(ArgumentsError, match=r"^first: expected finite numbers, got "):
        Signature.of(anything).check([wrap(number)], {})


def test_a_float_takes_whole_numbers_but_no_bool() -> None:
    def task(seconds: float) -> None: ...

    Signature.of(task).check([3], {})
    with pytest.raises(ArgumentsError, match="expected `float`, got `bool` true"):
        Signature.of(task).check([True], {})


def test_values_that_json_writes_as_text_fit_their_type() -> None:
    def task(when: datetime, colour: Colour, size: Literal["s", "m"]) -> None: ...

    Signature.of(task).check(["2026-01-02T03:04:05Z", "red", "m"], {})
    with pytest.raises(ArgumentsError, match=r"^colour: invalid enum value 'green', got"):
        Signature.of(task).check(["2026-01-02T03:04:05Z", "green", "m"], {})


def test_a_parameter_by_position_only_is_told_apart() -> None:
    def task(first: int, /, second: int = 0) -> None: ...

    Signature.of(task).check([1], {"second": 2})
    with pytest.raises(ArgumentsError, match=r"^first: must be given by position$"):
        Signature.of(task).check([], {"first": 1})


def test_a_long_value_is_clipped() -> None:
    with pytest.raises(ArgumentsError) as refusal:
        Signature.of(resize).check([UPLOAD, "9" * 100_000], {"x" * 100_000: 1})

    assert len(str(refusal.value)) < 300


def test_many_faults_are_counted_not_listed() -> None:
    with pytest.raises(ArgumentsError, match=r"; 996 more$"):
        Signature.of(resize).check([], {f"x{n}": n for n in range(1000)})


def test_a_value_nested_without_end_is_refused() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]

    with pytest.raises(ArgumentsError, match=r"^first: nested too deeply$"):
        Signature.of(anything).check([nested], {})


def test_a_default_that_json_cannot_hold_is_left_out_of_the_schema() -> None:
    def task(a: float = math.inf, b: Any = print, c: Colour = Colour.RED, d: Any = (1,)) -> None: ...

    properties = Signature.of(task).schema["properties"]

    assert "default" not in properties["a"]
    assert "default" not in properties["b"]
    assert properties["c"]["default"] == "red"
    assert properties["d"]["default"] == [1]
    assert Signature.of(task).schema["required"] == []


def test_a_secret_is_a_password_without_a_default_and_stays_optional() -> None:
    def task(  # type: ignore[no-untyped-def]
        password: str = "hunter2",
        api_key: str | None = "hunter2",
        session_id: Annotated[int, Meta(ge=1)] = 4711,
        token=b"hunter2",
    ) -> None: ...

    schema = Signature.of(task).schema
    hidden = {"format": "password", "writeOnly": True}

    assert schema["properties"] == {
        "password": {"type": "string", **hidden},
        "api_key": {"anyOf": [{"type": "string"}, {"type": "null"}], **hidden},
        "session_id": {"type": "integer", "minimum": 1, **hidden},
        "token": hidden,
    }
    assert schema["required"] == []
    Signature.of(task).check([], {"password": "another"})


def test_no_default_tells_a_secret_that_stands_deeper() -> None:
    def task(account: Account = Account(), sources: Any = ({"url": "x", "token": "hunter2"},)) -> None: ...  # noqa: B008

    schema = Signature.of(task).schema

    assert "hunter2" not in str(schema)
    assert schema["$defs"]["Account"]["properties"] == {
        "user": {"type": "string", "default": "ann"},
        "password": {"type": "string", "format": "password", "writeOnly": True},
    }


def test_a_secret_name_hides_no_switch_and_leaves_a_format_as_it_is() -> None:
    def task(key_file: Upload, private: bool = True) -> None: ...

    properties = Signature.of(task).schema["properties"]

    assert properties["key_file"]["format"] == "upload"
    assert properties["private"] == {"type": "boolean", "default": True}


Word = Annotated[str, Meta(pattern="^a+$", max_length=3)]


@pytest.mark.parametrize(
    ("wanted", "fits", "fails"),
    [
        (Word, "aa", "b"),
        (Word | None, "aa", "b"),
        (Word | int, "aa", "b"),
        (list[Word] | str, ["aa"], ["b"]),
        (dict[str, Word | None], {"x": "aa"}, {"x": "b"}),
    ],
)
def test_a_pattern_is_checked_where_no_container_stands_beside_it(wanted: Any, fits: object, fails: object) -> None:
    def task(it: Any) -> None: ...

    task.__annotations__["it"] = wanted

    Signature.of(task).check([fits], {})
    with pytest.raises(ArgumentsError, match="matching regex"):
        Signature.of(task).check([fails], {})


def test_beside_a_container_a_pattern_is_told_and_a_length_is_checked() -> None:
    def task(it: Annotated[Word | list[str], Meta(description="words")]) -> None: ...

    signature = Signature.of(task)

    assert signature.schema["properties"]["it"]["anyOf"][0] == {"type": "string", "maxLength": 3, "pattern": "^a+$"}
    with pytest.raises(ArgumentsError, match="length <= 3"):
        signature.check(["bbbb"], {})
