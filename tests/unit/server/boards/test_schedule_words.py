"""Schedules as people say them."""

from datetime import timedelta
from typing import Any

import pytest
from celery.schedules import crontab, schedule, solar

from phloem_server.boards.schedule_words import in_words

CASES = [
    (crontab(), "every minute"),
    (crontab(minute="*/5"), "every 5 minutes"),
    (crontab(minute="*/7"), "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour"),
    (crontab(minute="0,30"), "every 30 minutes"),
    (crontab(minute=0), "every hour"),
    (crontab(minute=15), "every hour at minute 15"),
    (crontab(minute=0, hour="*/6"), "every 6 hours"),
    (crontab(minute=10, hour="*/6"), "every 6 hours at minute 10"),
    (crontab(minute=0, hour=0), "every day at 00:00"),
    (crontab(minute=0, hour=2), "every day at 02:00"),
    (crontab(minute=30, hour="9,17"), "every day at 09:30 and 17:30"),
    (crontab(minute="*/10", hour="8-17"), "every 10 minutes from 08:00 to 17:59"),
    (crontab(minute="*", hour="8,12"), "every minute in the hours 8 and 12"),
    (crontab(minute="5,20,50", hour="8-17"), "at minutes 5, 20 and 50 of every hour from 08:00 to 17:59"),
    (crontab(minute=0, hour=2, day_of_week="mon"), "every Monday at 02:00"),
    (crontab(minute=0, hour=2, day_of_week="mon-fri"), "every day from Monday to Friday at 02:00"),
    (crontab(minute=0, hour=2, day_of_week="sat,sun"), "every Saturday and Sunday at 02:00"),
    (crontab(minute="*/5", day_of_week="1"), "every 5 minutes, every Monday"),
    (crontab(minute=0, hour=2, day_of_month="1,15"), "on the 1st and 15th of every month at 02:00"),
    (crontab(minute=0, hour=2, day_of_month="2", month_of_year="1,7"), "on the 2nd of January and July at 02:00"),
    (crontab(minute=0, hour=2, month_of_year="6"), "every day in June at 02:00"),
    (crontab(minute=0, hour=2, day_of_month=13, day_of_week=5), "on the 13th of every month if it is a Friday at 02:00"),  # noqa: E501
    (crontab(minute=0, hour=2, day_of_month="11,22,23,31"), "on the 11th, 22nd, 23rd and 31st of every month at 02:00"),
    (crontab(minute={1, 2}, hour=[3]), "every day at 03:01 and 03:02"),
    (schedule(timedelta(seconds=30)), "every 30 seconds"),
    (schedule(timedelta(seconds=1)), "every second"),
    (schedule(timedelta(seconds=0.5)), "every 0.5 seconds"),
    (schedule(timedelta(minutes=1)), "every minute"),
    (schedule(timedelta(minutes=5)), "every 5 minutes"),
    (schedule(timedelta(minutes=90)), "every 90 minutes"),
    (schedule(timedelta(hours=1)), "every hour"),
    (schedule(timedelta(days=2)), "every 2 days"),
]  # fmt: skip


@pytest.mark.parametrize(("when", "words"), CASES, ids=[words for _, words in CASES])
def test_a_schedule_is_said_as_people_say_it(when: Any, words: str) -> None:
    assert in_words(when) == words


def test_the_sun_needs_a_place() -> None:
    when = solar.__new__(solar)  # made in full it needs a library that computes where the sun is
    when.event, when.lat, when.lon = "dawn_civil", -37.8, 144.9
    assert in_words(when) == "at dawn civil at -37.8, 144.9"


def test_a_schedule_of_another_kind_speaks_for_itself() -> None:
    class Tides(schedule):  # type: ignore[misc]  # has no types
        def __repr__(self) -> str:
            return "<tides>"

    assert in_words(Tides(timedelta(hours=12))) == "<tides>"
