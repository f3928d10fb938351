"""The comparison notices what an old client would notice, and what is normalised says no more than it has to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compatibility.compare import RELAXED, differences, read, same, write
from tests.compatibility.normal import Normal
from tests.compatibility.scenario import RECORDED

PROBLEM = '{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no \\"code\\":\\"x\\"."}'
REFUSAL = '4312[{"ok":false,"error":"watch takes either a view or a task.","again":false}]'
ROW = '{"id":"seed-sum","state":"SUCCESS","retries":0,"percent":null,"steps":[]}'


@pytest.mark.parametrize(
    ("recorded", "today"),
    [
        (PROBLEM, PROBLEM[:-1] + ',"code":"task_unknown"}'),
        (PROBLEM, PROBLEM.replace('"status"', '"code":"task_unknown","status"')),
        (PROBLEM, PROBLEM.replace('{"type"', '{"code":"with \\" in it","type"')),
        (REFUSAL, REFUSAL.replace('"again"', '"code":"view_or_task","again"')),
        (REFUSAL, REFUSAL.replace("}]", ',"code":"view_or_task"}]')),
    ],
)
def test_a_code_may_be_added_to_a_refusal(recorded: str, today: str) -> None:
    assert same(recorded, recorded)
    assert same(recorded, today)


@pytest.mark.parametrize(
    ("recorded", "today"),
    [
        (PROBLEM, PROBLEM.replace("404", '"404"')),
        (PROBLEM, PROBLEM.replace("404", "404.0")),
        (PROBLEM, PROBLEM.replace("There is", "There was")),
        (PROBLEM, PROBLEM.replace('"type":"about:blank",', "")),
        (PROBLEM, PROBLEM.replace(",", ", ")),
        (PROBLEM, PROBLEM[:-1] + ',"codes":"x"}'),
        (PROBLEM, PROBLEM[:-1] + ',"code":7}'),
        (PROBLEM, PROBLEM[:-1] + ',"code":null}'),
        (PROBLEM, PROBLEM[:-1] + ',"code":"a","code":"b"}'),
        (PROBLEM, PROBLEM[:-1] + ',"more":{"code":"a"}}'),
        (PROBLEM[:-1] + ',"code":"a"}', PROBLEM[:-1] + ',"code":"b"}'),
        (REFUSAL, REFUSAL.replace('"again":false', '"again":true')),
        (REFUSAL, REFUSAL.replace('"again":false', '"again":0')),
        (REFUSAL, REFUSAL.replace(',"again":false', "")),
        (REFUSAL, REFUSAL.replace("4312", "4313")),
        (REFUSAL, '4312[{"error":"watch takes either a view or a task.","ok":false,"again":false}]'),
        (ROW, ROW.replace('"retries":0,"percent":null', '"percent":null,"retries":0')),
        (ROW, ROW.replace('"percent":null,', "")),
        (ROW, ROW.replace("null", "0")),
        (ROW, ROW.replace('"retries":0', '"retries":"0"')),
        (ROW, ROW.replace("[]", "null")),
        (ROW, ROW[:-1] + ',"code":"x"}'),
        ('431[{"ok":true}]', '431[{"ok":true,"code":"x"}]'),
        ("Cache-Control: no-store", "Cache-Control: no-cache"),
    ],
)
def test_all_else_is_noticed(recorded: str, today: str) -> None:
    assert recorded != today
    assert not same(recorded, today)


@pytest.mark.parametrize("value", ["null", "3", "<float>", '"with \\", in it"', "[]", '[{"a":"]","b":null}]'])
def test_a_member_that_was_added_since_is_no_difference_and_any_other_is(value: str) -> None:
    today = ROW.replace('"percent"', f'"made_up":{value},"percent"')
    assert same(ROW, today, ["made_up"])
    assert not same(ROW, today, ["other"])
    assert not same(ROW, today.replace("SUCCESS", "FAILURE"), ["made_up"])
    text = '{"args":"{\\"made_up\\":1,\\"b\\":2}","b":1}'
    assert not same(text, text.replace('\\"made_up\\":1,', ""), ["made_up"])


def test_answers_that_are_missing_or_new_are_noticed() -> None:
    assert differences({"a": "1\n2", "b": "1"}, {"a": "1\n2\n", "b": "1"}) == []
    assert len(differences({"a": "1", "b": "1"}, {"b": "1", "c": "1"})) == 2
    assert len(differences({"a": "1\n2"}, {"a": "1"})) == 1
    assert len(differences({"a": "1"}, {"a": "1\n2"})) == 1


def test_every_recorded_line_is_compared() -> None:
    for file in RECORDED.iterdir():
        recorded = read(file)
        for name, text in recorded.items():
            if name.startswith(RELAXED):
                continue
            for number, line in enumerate(text.split("\n")):
                lines = text.split("\n")
                lines[number] = f"{line}."
                assert len(differences(recorded, {**recorded, name: "\n".join(lines)})) == 1


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    answers = {"GET /": "HTTP/1.1 200 OK\nA: b\n\nä\u2028 # ##", "watch": "", "last": "x"}
    write(tmp_path / "recorded", answers)
    assert read(tmp_path / "recorded") == answers


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ('{"at":12.5,"offset":7}', '{"at":<float>,"offset":<int>}'),
        ('{"at":1.7e9,"lag":1e-05}', '{"at":<float>,"lag":<float>}'),
        ('{"at":12,"offset":7.5}', '{"at":12,"offset":7.5}'),
        ('{"at":null,"offset":"7"}', '{"at":null,"offset":"7"}'),
        ('{"next":7}', '{"next":<int>}'),
        ('{"next":"17-0"}', '{"next":"<entry>"}'),
        ('{"next":null,"retries":3,"percent":50.0}', '{"next":null,"retries":3,"percent":50.0}'),
        ('"args":"{\\"at\\":12.5}"', '"args":"{\\"at\\":12.5}"'),
        ('{"epoch":null}', '{"epoch":null}'),
        ('"rate":null,"eta":2.5,"done":true', '"rate":<float or null>,"eta":<float or null>,"done":true'),
        ('"eta":null,"expires":null', '"eta":null,"expires":null'),
    ],
)
def test_types_can_be_told_apart_in_what_is_normalised(came: str, told: str) -> None:
    assert Normal().text(came) == told


def test_an_id_is_told_as_the_same_wherever_it_stands() -> None:
    normal, one, other = Normal(), "6f1c8d1e-0000-4000-8000-000000000001", "6f1c8d1e-0000-4000-8000-000000000002"
    assert normal.text(f"{one} {other} {one}") == "<id 1> <id 2> <id 1>"
    assert normal.text(other) == "<id 2>"
