"""Whatever is sent, by whomever: no 500, and answers as the OpenAPI document says.

The app runs as in production, behind a real server on a port of its own, over a founded city.
"""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings, strategies
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks

from api.main import create_app
from api.routes.fields import REPORT, UUID
from api.settings import Settings
from tests.api.city import found_city, open_day
from tests.api.conftest import Office
from tests.conftest import Server, cloned

pytestmark = [pytest.mark.schemathesis, pytest.mark.slow]
EXAMPLES = 30
ROLLUP = r"^f2" + REPORT[REPORT.index(r"\.") :]
DAY, INSTANT = r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d-\d\dT.*"
ROLES = ("registrar", "reporter", "principal", "reviewer", "officer", "discipline")
CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)


@dataclass
class Site:
    """A served app with tokens of several roles, and ids that are really there."""

    url: str
    headers: list[dict[str, str]]
    ids: list[str]
    reports: list[str]
    rollups: list[str]
    day: str

    def known(self, value: Any, number: int) -> Any:
        """The same value with things that exist in place of well-formed ids: what is sent gets past "unknown"."""
        if isinstance(value, dict):
            return {name: self.known(each, number + index) for index, (name, each) in enumerate(value.items())}
        if isinstance(value, list):
            return [self.known(each, number + index) for index, each in enumerate(value)]
        days, instants = [self.day], [f"{self.day}T{hour:02}:00:00Z" for hour in range(24)]
        for pattern, there in (
            (UUID, self.ids), (ROLLUP, self.rollups), (REPORT, self.reports), (DAY, days), (INSTANT, instants),
        ):  # fmt: skip
            if isinstance(value, str) and re.fullmatch(pattern, value):
                return there[number % len(there)]
        return value


@pytest.fixture(scope="module")
def site(cluster: Server, database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("data")
    with cloned(cluster, database_template) as dsn:
        app = create_app(Settings.load(database_url=dsn, data_folder=folder, port=0, read_wait=0.2))
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
        found: list[Site] = []
        failed: list[BaseException] = []
        ready = threading.Event()

        async def serve() -> None:
            serving = asyncio.create_task(server.serve())
            while not server.started and not serving.done():  # noqa: ASYNC110 uvicorn has no event to wait for
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=url) as client:
                city = await found_city(Office(app, client))
                await open_day(city)
                nobody = await city.office.person()
                people = [*(city.people[role] for role in ROLES), nobody]
                bearing = [_without_key(person.headers()) for person in people]
                ids = [city.bureau, city.section, city.district, city.school, city.neighbour, city.far]
                ids += [each for person in people for each in (person.id, person.appointment) if each]
                reports = [city.report(), city.report(city.neighbour)]
                rollups = [f"f2-f1.{city.day}.{each}" for each in (city.district, city.bureau)]
            found.append(Site(url, bearing, ids, reports, rollups, str(city.day)))
            ready.set()
            await serving

        def run() -> None:
            try:
                asyncio.run(serve())
            except BaseException as error:
                failed.append(error)
            finally:
                ready.set()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        assert ready.wait(60)
        if failed:
            raise failed[0]
        try:
            yield found[0]
        finally:
            server.should_exit = True
            thread.join(30)


def operations() -> list[Any]:
    """Every operation of the document; the app need not run to describe itself."""
    app = create_app(Settings.load(database_url="postgresql://nowhere/nothing"))
    return [each.ok() for each in schemathesis.openapi.from_dict(app.openapi()).get_all_operations()]


# Driven by Hypothesis directly: schemathesis's own pytest plugin does not work with pytest 9.
@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_nothing_that_is_sent_gives_a_500(operation: Any, mode: GenerationMode, site: Site) -> None:
    @given(
        case=operation.as_strategy(generation_mode=mode),
        asker=strategies.integers(0, len(site.headers) - 1),
        number=strategies.sampled_from([None, *range(12)]),
    )
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )  # fmt: skip
    def send(case: schemathesis.Case, asker: int, number: int | None) -> None:
        if number is not None:
            case.body = site.known(case.body, number)
            for name, value in case.path_parameters.items():
                case.path_parameters[name] = site.known(value, number)
            for name, value in case.query.items():
                case.query[name] = site.known(value, number)
            for name in ("wenze-appointment", "wenze-delegation", "wenze-position-atleast"):
                case.headers.pop(name, None)
        case.call_and_validate(base_url=site.url, headers=site.headers[asker], checks=CHECKS)

    # Some operations have nothing that could be wrong: no parameters, no body.
    with suppress(Unsatisfiable):
        send()


def _without_key(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("Idempotency-Key", "Wenze-Appointment")}
