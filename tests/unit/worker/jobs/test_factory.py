"""The Flask application that the bundled jobs run in."""

from __future__ import annotations

import pytest
from flask import current_app, has_app_context, url_for

from phloem.jobs.factory import create_app
from phloem.jobs.settings import JobSettings
from phloem.settings import SettingError

CELERY = {"broker_url": "memory://", "result_backend": "cache+memory://"}


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/tasks/t1"),
        ("https://tasks.example.com", "https://tasks.example.com/tasks/t1"),
        ("https://example.com/live/", "https://example.com/live/tasks/t1"),
        ("http://[::1]:8010", "http://[::1]:8010/tasks/t1"),
    ],
)
def test_a_task_knows_its_application_and_the_address_of_its_page(url: str, page: str) -> None:
    app = create_app(JobSettings.from_environment({"PHLOEM_URL": url}), CELERY)
    with app.extensions["celery"] as celery:

        @celery.task(shared=False)  # type: ignore[untyped-decorator]  # Celery has no types
        def told() -> tuple[str, str]:
            return current_app.name, url_for("task", task_id="t1")

        assert told() == ("phloem.jobs", page)


def test_outside_a_task_there_is_no_application() -> None:
    create_app(JobSettings(), CELERY).extensions["celery"].close()
    assert not has_app_context()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"PORT": "8010"}, "http://127.0.0.1:8010"),
        ({"PORT": "99999"}, "http://127.0.0.1:8000"),
        ({"PHLOEM_URL": "https://tasks.example.com.:65535/a"}, "https://tasks.example.com.:65535/a"),
        ({"PORT": "8010", "PHLOEM_URL": "https://example.com"}, "https://example.com"),
        ({"PORT": "8010", "PHLOEM_PREFIX": "/tools/phloem"}, "http://127.0.0.1:8010/tools/phloem"),
    ],
)
def test_links_lead_to_the_web_process_of_the_same_procfile(environ: dict[str, str], expected: str) -> None:
    assert JobSettings.from_environment(environ).url == expected


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PHLOEM_URL": "tasks.example.com"}, "PHLOEM_URL is 'tasks.example.com'; it may hold the address of the page"),
        ({"PHLOEM_URL": "https://me:secret@x"}, "PHLOEM_URL is 'https://***@x'"),
        ({"PHLOEM_URL": "http://x:99999"}, "PHLOEM_URL is 'http://x:99999'; it may hold the address of the page"),
        ({"PHLOEM_URL": "http://x:0"}, "PHLOEM_URL is 'http://x:0'"),
        ({"PHLOEM_URL": "http://..."}, "PHLOEM_URL is 'http://...'"),
        ({"PHLOEM_URL": "http://a..b/"}, "PHLOEM_URL is 'http://a..b/'"),
        ({"PHLOEM_URL": "http://-/"}, "PHLOEM_URL is 'http://-/'"),
        ({"PHLOEM_URL": "http://[...]"}, "PHLOEM_URL is 'http://[...]'"),
        ({"PHLOEM_URL": "http://[:::]"}, "PHLOEM_URL is 'http://[:::]'"),
        ({"PHLOEM_REPORT_TO": "ä@ö"}, "PHLOEM_REPORT_TO is 'ä@ö'; it may hold a mail address"),
        ({"PHLOEM_REPORT_TO": "a..b@x.de"}, "PHLOEM_REPORT_TO is 'a..b@x.de'"),
        ({"PHLOEM_REPORT_TO": "ann@x..de"}, "PHLOEM_REPORT_TO is 'ann@x..de'"),
        ({"PHLOEM_REPORT_TO": "a\0b@x"}, "PHLOEM_REPORT_TO is 'a\\x00b@x'"),
        ({"PHLOEM_REPORT_TO": "=?utf-8?q?a=0d?=@x"}, "PHLOEM_REPORT_TO is '=?utf-8?q?a=0d?=@x'"),
        ({"PHLOEM_REPORT_TO": "nobody"}, "PHLOEM_REPORT_TO is 'nobody'; it may hold a mail address"),
        ({"PHLOEM_FETCH_PRIVATE": "yes"}, "PHLOEM_FETCH_PRIVATE is 'yes'; it may hold 0 or 1"),
    ],
)
def test_a_senseless_setting_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError) as refusal:
        JobSettings.from_environment(environ)
    assert str(refusal.value).startswith(said)
