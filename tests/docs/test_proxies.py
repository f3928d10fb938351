"""The configurations of docs/proxies.md for proxies which no other test runs: a reader of theirs takes them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import yaml

from tests import nginx


def test_caddy_takes_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "Caddyfile").write_text(nginx.documented("Caddyfile"))
    command = [nginx.find("caddy"), "adapt", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    adapted = subprocess.run(
        [*command, "--validate"], capture_output=True, text=True, timeout=60, env={"HOME": str(tmp_path)}
    )
    assert adapted.returncode == 0, adapted.stderr
    (server,) = json.loads(adapted.stdout)["apps"]["http"]["servers"].values()
    assert '"upstreams": [{"dial": "127.0.0.1:8000"}]' in json.dumps(server)
    assert '"path": ["/phloem/*"]' in json.dumps(server)


def test_the_configuration_of_traefik_is_yaml_whose_router_leads_to_its_service() -> None:
    http = yaml.safe_load(nginx.documented("traefik.yaml"))["http"]
    assert http["routers"]["phloem"]["service"] in http["services"]
