"""Every command and every view has its route, under its own name."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

import domain.erasure
import domain.ledger
import domain.registry
import domain.reporting
import domain.signing
from api.carrying import arguments_of, has_default
from api.main import create_app
from api.routes import credentials, duties, erasure, forms, groups, organisations, people, reports, rollups
from api.routes.fields import Body
from api.settings import Settings
from domain.ledger.command import Command

AREAS = (organisations, people, groups, forms, duties, reports, rollups, credentials, erasure)
BY_THE_SERVICE_ITSELF = {
    "adopt_log_key",
    "record_destruction",
    "record_export",
    "record_interruption",
    "record_missed",
    "issue_token",
    "import_table",
}
FROM_THE_EDGE = {"acting", "at", "by", "origin"}
OF_WHO_FOUNDS = {"found_bureau": {"registrar_person"}}
FROM_VIEWS = {"approve_erasure": {"stands_with"}, "excuse_duty": {"late"}}
# A content's personal values are sealed under salts of the server's own: nobody can sign its digest before it is filed.
ATTESTED_AFTER_FILING = {name: {"held", "nonce"} for name in ("submit_report", "correct_report")}
# What its holder has proved to hold, under a code that an officer confirms.
BY_CONFIRMING = {"enrol_credential"}
ELSEWHERE = (OF_WHO_FOUNDS, FROM_VIEWS, ATTESTED_AFTER_FILING)
WITHOUT_AN_OFFICE = {"found_bureau", "dispute_signature"}


def commands() -> dict[str, type[Command]]:
    for package in (domain.erasure, domain.ledger, domain.registry, domain.reporting, domain.signing):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)

    def below(command: type[Command]) -> Iterator[type[Command]]:
        for each in command.__subclasses__():
            yield each
            yield from below(each)

    # What several commands have in common has no name.
    return {
        each.name: each for each in below(Command) if each.__module__.startswith("domain.") and "name" in vars(each)
    }


COMMANDS = commands()
BODIES: dict[str, type[Body]] = {
    route.operation_id: get_type_hints(route.endpoint)["body"] for area in AREAS for route in area.routes.routes
}


def test_every_command_has_a_route_of_its_name_and_no_route_is_left_over() -> None:
    assert BODIES.keys() == COMMANDS.keys() - BY_THE_SERVICE_ITSELF - BY_CONFIRMING
    for area in AREAS:
        for route in area.routes.routes:
            assert route.path.rpartition("/")[2] == route.operation_id == route.endpoint.__name__


@pytest.mark.parametrize("name", BODIES)
def test_a_body_holds_the_arguments_of_its_command_and_nothing_else(name: str) -> None:
    command, fields = COMMANDS[name], BODIES[name].model_fields
    elsewhere = FROM_THE_EDGE.union(*(each.get(name, set()) for each in ELSEWHERE))
    assert fields.keys() == arguments_of(command).keys() - elsewhere
    for argument, field in fields.items():
        if has_default(command, argument):
            assert not field.is_required(), argument


def test_the_document_names_every_operation_once_and_every_command_needs_a_key(tmp_path: Path) -> None:
    app = create_app(Settings.load(database_url="postgresql://nowhere/nothing", data_folder=tmp_path))
    operations = [
        (path, operation) for path, methods in app.openapi()["paths"].items() for operation in methods.values()
    ]
    names = [operation["operationId"] for _, operation in operations]
    assert len(set(names)) == len(names)
    assert BODIES.keys() <= set(names)
    for _, operation in operations:
        if operation["operationId"] in BODIES:
            parameters = {each["name"].lower(): each for each in operation["parameters"]}
            assert parameters["idempotency-key"]["required"]
            assert {"wenze-appointment", "wenze-delegation"} <= parameters.keys() | {
                name
                for name in ("wenze-appointment", "wenze-delegation")
                if operation["operationId"] in WITHOUT_AN_OFFICE
            }
