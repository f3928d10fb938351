"""schemathesis, in a process of its own: its plugin for pytest would be loaded by every test."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from phloem_server.web.paths import API

CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]
"""
"""503 says that a worker or Redis does not answer."""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)


def run(url: str, examples: int, seed: int) -> subprocess.CompletedProcess[str]:
    """Random requests to each call of a server; status 1 if an answer is not as described."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "schemathesis.toml")
        config.write_text(CONFIG)
        return _run(config, url, examples, seed)


def _run(config: Path, url: str, examples: int, seed: int) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("schemathesis"))
    command = [program, "--config-file", str(config), "run", f"{url}{API}/openapi.json"]
    options = {
        "--checks": ",".join(CHECKS),
        "--max-examples": str(examples),
        "--seed": str(seed),
        "--phases": "examples,coverage,fuzzing",
        "--workers": "1",
        "--request-timeout": "30",
        "--generation-database": "none",
    }
    flat = [part for option in options.items() for part in option]
    return subprocess.run([*command, *flat, "--no-color"], capture_output=True, text=True, timeout=3600, check=False)
