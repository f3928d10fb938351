"""The manifest for Kubernetes, the unit of systemd and the dashboard, read as their own programs read them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.dashboard import dashboard
from tests.deploy.programs import DEPLOY, check_command, documents, unknown

MANIFEST = documents("kubernetes.yaml")
KUBERNETES = ("1.29", "1.37")
"""Versions whose schemas the manifest has to fit."""


def of_kind(kind: str) -> dict[str, Any]:
    """The objects of that kind, by their names."""
    return {found["metadata"]["name"]: found for found in MANIFEST if found["kind"] == kind}


def containers() -> list[Any]:
    """Those of all pods."""
    workloads = [*of_kind("Deployment").values(), *of_kind("StatefulSet").values()]
    return [container for each in workloads for container in each["spec"]["template"]["spec"]["containers"]]


@pytest.mark.parametrize("version", KUBERNETES)
def test_the_manifest_fits_the_schemas_of_kubernetes(version: str) -> None:
    # Every process of the tests imports this module, and this takes a sixth of a second.
    import kubernetes_validate

    for document in MANIFEST:
        kubernetes_validate.validate(document, version, strict=True)


def test_the_manifest_starts_commands_that_there_are_with_variables_that_are_read() -> None:
    ours = [container for container in containers() if container["image"].startswith("phloem:")]
    assert sorted(container["name"] for container in ours) == ["beat", "web", "worker"]
    for container in ours:
        check_command(container["args"])
    given = [name for each in of_kind("ConfigMap").values() for name in each["data"]]
    given += [name for each in of_kind("Secret").values() for name in each["stringData"]]
    assert unknown(given) == set()


def test_what_the_manifest_refers_to_is_in_it() -> None:
    for container in containers():
        for source in container.get("envFrom", []):
            assert source.get("configMapRef", {"name": "phloem"})["name"] in of_kind("ConfigMap")
            assert source.get("secretRef", {"name": "phloem-web"})["name"] in of_kind("Secret")
    pods = [
        each["spec"]["template"]["metadata"]["labels"]
        for kind in ("Deployment", "StatefulSet")
        for each in of_kind(kind).values()
    ]
    for service in of_kind("Service").values():
        assert service["spec"]["selector"] in pods
    [ingress] = of_kind("Ingress").values()
    [path] = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"]["name"] in of_kind("Service")
    redis = of_kind("Secret")["phloem-redis"]["stringData"]
    assert f":{redis['VALKEY_PASSWORD']}@phloem-valkey:" in redis["PHLOEM_REDIS_URL"]


def test_the_probes_ask_what_the_web_process_answers() -> None:
    [web] = [container for container in containers() if container["name"] == "web"]
    assert (web["livenessProbe"]["httpGet"]["path"], web["readinessProbe"]["httpGet"]["path"]) == (
        "/healthz",
        "/readyz",
    )
    assert web["ports"] == [{"name": "http", "containerPort": 8000}]


def test_systemd_has_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd here")
    command = tmp_path / "bin" / "phloem"
    command.parent.mkdir()
    command.touch(mode=0o755)
    unit = tmp_path / "phloem.service"
    unit.write_text((DEPLOY / "phloem.service").read_text().replace("/opt/phloem", str(tmp_path)))
    said = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_the_unit_starts_a_command_that_there_is_with_variables_that_are_read() -> None:
    lines = dict(
        line.split("=", 1) for line in (DEPLOY / "phloem.service").read_text().splitlines() if line[:1].isupper()
    )
    check_command(lines["ExecStart"].split())
    assert unknown([lines["Environment"].partition("=")[0]]) == set()


def test_the_dashboard_is_one() -> None:
    found = dashboard()
    assert len({panel["id"] for panel in found["panels"]}) == len(found["panels"])
    for panel in found["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["description"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
    boxes = [panel["gridPos"] for panel in found["panels"]]
    cells = [(box["x"] + x, box["y"] + y) for box in boxes for x in range(box["w"]) for y in range(box["h"])]
    assert len(cells) == len(set(cells)), "panels overlap"


def test_each_file_says_how_it_was_checked_and_that_it_is_not_run() -> None:
    for path in sorted(DEPLOY.iterdir()):
        if path.suffix in (".yaml", ".service") or path.name == "Containerfile":
            head = path.read_text().split("\n\n", 1)[0]
            assert "Checked" in head, path
            assert "tests/deploy" in head, path
            assert "not run there" in head or "not built there" in head, path
    assert "Not run there" in dashboard()["description"]


def test_the_folder_lists_its_files() -> None:
    listed = (DEPLOY / "README.md").read_text()
    assert [path.name for path in DEPLOY.iterdir() if f"`{path.name}" not in listed and path.name != "README.md"] == []
