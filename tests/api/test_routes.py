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
from api.carrying import arguments_of, has_default
from api.main import create_app
from api.routes import duties, erasure, forms, groups, organisations, people, reports, rollups
from api.routes.fields import Body
from api.settings import Settings
from domain.ledger.command import Command

AREAS = (organisations, people, groups, forms, duties, reports, rollups, erasure)
BY_THE_SERVICE_ITSELF = {
    "adopt_log_key",
    "record_destruction",
    "record_export",
    "record_interruption",
    "record_missed",
    "issue_token",
    "import_table",
}
FROM_THE_EDGE = {"acting", "at", "origin"}
OF_WHO_FOUNDS = {"found_bureau": {"registrar_person"}}
FROM_VIEWS = {"approve_erasure": {"stands_with"}, "excuse_duty": {"late"}}
# Until the routes carry signatures.
NOT_YET = {
    "submit_report": {"held", "nonce"},
    "correct_report": {"held", "nonce"},
    "sign_report": {"held", "examined"},
    "return_report": {"held", "nonce"},
    "refuse_signature": {"held", "nonce"},
    "sign_rollup": {"held", "examined"},
    "return_rollup": {"held", "nonce"},
}
WITHOUT_A_ROUTE_YET = {"attest_zero", "enrol_credential"}


def commands() -> dict[str, type[Command]]:
    for package in (domain.erasure, domain.ledger, domain.registry, domain.reporting):
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
    assert BODIES.keys() == COMMANDS.keys() - BY_THE_SERVICE_ITSELF - WITHOUT_A_ROUTE_YET
    for area in AREAS:
        for route in area.routes.routes:
            assert route.path.rpartition("/")[2] == route.operation_id == route.endpoint.__name__


@pytest.mark.parametrize("name", BODIES)
def test_a_body_holds_the_arguments_of_its_command_and_nothing_else(name: str) -> None:
    command, fields = COMMANDS[name], BODIES[name].model_fields
    elsewhere = FROM_THE_EDGE | OF_WHO_FOUNDS.get(name, set()) | FROM_VIEWS.get(name, set()) | NOT_YET.get(name, set())
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
                name for name in ("wenze-appointment", "wenze-delegation") if operation["operationId"] == "found_bureau"
            }
