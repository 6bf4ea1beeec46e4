"""One served city for the whole session."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Server, _drop, _execute, finish
from tests.e2e.site import served
from tests.judges.conftest import go_judge, serve

__all__ = ["go_judge", "serve"]  # fixtures

ORIGIN = "wenze.test/city"


@pytest.fixture(scope="session")
def site(cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the pages over the city of 403 schools and 38 days."""
    from adapters.postgres.migrate import migrate

    name = f"wenze_pages_{uuid.uuid4().hex}"
    folder: Path = tmp_path_factory.mktemp("pages")
    finish(_execute(cluster, f"CREATE DATABASE {name}"))
    try:
        finish(migrate(cluster.dsn(name), origin=ORIGIN, clock="simulated"))
        with served(cluster.dsn(name), folder, days=38) as address:
            yield address
    finally:
        finish(_drop(cluster, name))
