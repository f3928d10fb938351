"""Which tests `bin/test` leaves to `bin/test --all`, so that it takes five minutes on two cores.

Of each kind of test some stay: those that try a part once, where these try each variant of it.
"""

from __future__ import annotations

BROWSER = (
    "tests/browser/test_access_page.py",
    "tests/browser/test_asleep.py",
    "tests/browser/test_axe.py",
    "tests/browser/test_boards.py",
    "tests/browser/test_builds.py",
    "tests/browser/test_clock.py",
    "tests/browser/test_forms_of_workers.py",
    "tests/browser/test_frameworks.py",
    "tests/browser/test_hostile.py",
    "tests/browser/test_long_log.py",
    "tests/browser/test_looks.py",
    "tests/browser/test_nginx.py",
    "tests/browser/test_older.py",
    "tests/browser/test_pictures.py",
    "tests/browser/test_recovery.py",
    "tests/browser/test_run_page.py",
    "tests/browser/test_search_field.py",
    "tests/browser/test_share_page.py",
    "tests/browser/test_shared.py",
    "tests/browser/test_slow_line.py",
    "tests/browser/test_truth.py",
    "tests/browser/test_views.py",
    "tests/browser/test_wall.py",
    "tests/browser/test_wall_full.py",
    "tests/browser/test_wide.py",
    "tests/browser/test_keys.py::test_every_key_that_is_told_works_and_every_one_that_works_is_told",
)
"""The list, a task, launching, Now, search, most keys and the embedded bar stay."""

PROCESSES = (
    "tests/acceptance/test_boards.py",
    "tests/acceptance/test_django_beat.py",
    "tests/acceptance/test_embedded.py",
    "tests/acceptance/test_expiry.py",
    "tests/acceptance/test_jobs.py",
    "tests/acceptance/test_mail.py",
    "tests/acceptance/test_observing.py",
    "tests/acceptance/test_openid.py",
    "tests/acceptance/test_owners.py",
    "tests/acceptance/test_places.py",
    "tests/acceptance/test_rabbitmq.py",
    "tests/acceptance/test_refusals.py",
    "tests/acceptance/test_several_processes.py",
    "tests/acceptance/test_start_and_stop.py::test_a_scheduled_task_outlives_a_stop_in_mid_job_and_runs_when_it_is_due",
    "tests/acceptance/test_users.py",
    "tests/acceptance/test_watch.py",
    "tests/integration/test_another_run.py",
    "tests/integration/test_closing.py",
    "tests/integration/test_killed_run.py",
    "tests/integration/test_observing_rabbitmq.py",
    "tests/integration/test_pools.py",
    "tests/integration/test_redis_elsewhere.py",
    "tests/integration/test_worker_ends.py",
)
"""A worker's life, progress, access, recovery and stopping stay, with one Redis and one web process."""

_SHORT_CHAOS = "tests/chaos/test_short.py::test_readers_redis_and_producers_agree_after_everything_failed"
_SHORT_FORMS = "tests/benchmarks/test_short_forms.py::test_a_short_run_measures_what_the_benchmark_says"

LONG_BENCHMARKS = ("browser", "fanout", "load", "memory", "overhead", "slow_line", "stall", "storm", "wall")
"""Those whose short forms take long: mostly to start what they measure."""

MANY = (
    *(f"{_SHORT_CHAOS}[{place}]" for place in ("sentinel", "cluster")),
    *(f"{_SHORT_FORMS}[{name}]" for name in LONG_BENCHMARKS),
    "tests/chaos/test_viewer_twins.py",
    "tests/compatibility/test_twins.py",
    "tests/docs/test_examples.py",
    "tests/docs/test_install.py",
    "tests/docs/test_pages.py",
    "tests/docs/test_site.py",
    "tests/doctor/test_site_checks.py",
    "tests/fuzz/test_findings.py",
    "tests/matrix",
    "tests/openapi",
)
"""Those that go through many programs, pages or requests. The chaos where Redis is alone, and most benchmarks stay."""

LONG = (*BROWSER, *PROCESSES, *MANY)
"""Folders, files, and tests by their pytest ids."""


def is_long(nodeid: str) -> bool:
    """Whether a test, by its pytest id, is left to `bin/test --all`."""
    return any(nodeid == long or nodeid.startswith((f"{long}/", f"{long}::")) for long in LONG)
