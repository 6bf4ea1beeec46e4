"""``wenze``: one command a file. Expected errors are sentences in the user's language, never tracebacks."""

import sys

import typer

from api import logs
from api.cli import bench, key, keys, vault, witness
from api.cli.bundle import bundle
from api.cli.demo import demo
from api.cli.erase import erase
from api.cli.events import events
from api.cli.figures import figures
from api.cli.fsck import fsck
from api.cli.import_ import import_
from api.cli.migrate import migrate
from api.cli.publish import publish
from api.cli.rebuild import rebuild
from api.cli.receipt import receipt
from api.cli.recover import recover
from api.cli.serve import serve
from api.cli.sign import sign
from api.cli.terminal import complain, stderr
from api.cli.token import token
from api.cli.verify import verify
from api.settings import user_language
from domain.ledger.errors import WenzeError

COMMANDS = (
    demo,
    serve,
    migrate,
    publish,
    recover,
    import_,
    figures,
    rebuild,
    fsck,
    erase,
    events,
    receipt,
    token,
    sign,
    bundle,
    verify,
)


def build() -> typer.Typer:
    """The commands."""
    app = typer.Typer(
        name="wenze",
        help="Wenze 问责: an event-sourced audit and accountability system for school reporting.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for command in COMMANDS:
        app.command(command.__name__.rstrip("_"))(command)
    app.add_typer(bench.build(), name="bench")
    app.add_typer(key.build(), name="key")
    app.add_typer(keys.build(), name="keys")
    app.add_typer(vault.build(), name="vault")
    app.add_typer(witness.build(), name="witness")
    return app


def main() -> None:
    """The console script."""
    from asyncpg import InterfaceError, PostgresError

    from adapters.embedded import ClusterError

    logs.configure(level="warning")
    try:
        build()()
    except WenzeError as error:
        sys.exit(complain(error, user_language()))
    except (ClusterError, OSError, InterfaceError, PostgresError) as error:
        stderr().print(str(error), markup=False, highlight=False, style="red")
        sys.exit(1)
