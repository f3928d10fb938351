"""What of the suite runs: the parts that it is cut into, and the tenth of it that bin/test runs."""

SUITE = "t/integration"

_CANVAS, _TASKS = f"{SUITE}/test_canvas.py", f"{SUITE}/test_tasks.py"

PARTS = (
    (f"{_CANVAS}::test_chord",),
    (f"{_CANVAS}::test_chain",),
    (_CANVAS, "--deselect", f"{_CANVAS}::test_chord", "--deselect", f"{_CANVAS}::test_chain"),
    (_TASKS,),
    (SUITE, f"--ignore={_CANVAS}", f"--ignore={_TASKS}"),
)
"""The whole suite, cut into parts that can run side by side, as arguments of pytest: it mostly waits."""

STARTS_WORKER = f"{_TASKS}::test_tasks::test_basic_task"
"""A test that starts the worker, which many others take for granted."""

_TESTS = {
    "test_tasks.py::test_tasks": (
        "test_simple_call",
        "test_basic_task",
        "test_unicode_task",
        "test_fail",
        "test_wrong_arguments",
        "test_fail_with_unpickleable_exception",
        "test_retry_switches_from_args_to_kwargs",
        "test_retry_switches_from_kwargs_to_args",
        "test_reject_without_requeue_stores_failure",
        "test_reject_with_requeue_redelivers_and_succeeds",
        "test_revoked_by_headers_simple_canvas",
        "test_ignore_result",
        "test_pydantic_model_arguments",
        "test_retry_with_unpickleable_exception",
    ),
    "test_tasks.py::test_class_based_tasks": ("test_class_based_task_retried",),
    "test_tasks.py::test_apply_tasks": ("test_apply_single_task_ids", "test_apply_nested_parent_child_relationship"),
    "test_tasks.py::test_task_replacement": (
        "test_replaced_task_nesting_increments[3]",
        "test_replaced_task_nesting_chain",
    ),
    "test_canvas.py::test_link_error": (
        "test_link_error_using_signature",
        "test_link_error_callback_error_callback_retries_eager",
        "test_link_error_callback_retries",
    ),
    "test_canvas.py::test_chain": (
        "test_simple_chain",
        "test_chain_on_error",
        "test_eager_chain_inside_task",
        "test_replace_chain_with_empty_chain",
        "test_second_order_replace",
        "test_chain_with_errback_child_replaced",
        "test_header_failure_fails_the_chords_after_it[1]",
    ),
    "test_canvas.py::test_group": (
        "test_group_child_replaced_with_chain_last",
        "test_task_replace_with_group_preserves_group_order",
        "test_ready_with_exception",
    ),
    "test_canvas.py::test_chord": (
        "test_add_to_chord",
        "test_eager_chord_inside_task",
        "test_error_propagates_to_chord_from_chain",
        "test_chord_error_propagation_with_different_body_types[body is a chord]",
        "test_chain_of_implicit_chords_body_failure[header]",
        "test_chord_body_chain_child_replaced_with_chain_last",
    ),
    "test_canvas.py::test_xmap_xstarmap": ("test_starmap_in_a_group_and_a_chain",),
    "test_group_chains.py::test_group_chains": ("test_pending_chord_keeps_header_errback[0-1]",),
    "test_request_backend_down.py": ("test_on_failure_returns_fast_with_unreachable_backend",),
}

TENTH = [f"{SUITE}/{place}::{test}" for place, tests in _TESTS.items() for test in tests]
"""Tests that take little time and cover many kinds of tasks."""
