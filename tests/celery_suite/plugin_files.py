"""How a run and the plugin in its process agree on where things are."""

FOLDER, ATTACH, HURRY = "PHLOEM_SUITE_FOLDER", "PHLOEM_SUITE_ATTACH", "PHLOEM_SUITE_HURRY"
"""Variables: the folder of the run; whether Phloem is attached, and whether nobody waits for a second worker's answer
(1, or empty).
"""

OUTCOMES, EVENTS = "outcomes.jsonl", "events.jsonl"
"""Files in the folder: what became of the tests, and what the witness saw."""
