"""``wenze witness``: the witness of another office. Its folder is its own, and no database of ours is opened."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api import logs
from api.cli.terminal import AsJson, answer, run, stderr
from domain.ledger.errors import Invalid

Folder = Annotated[Path, typer.Option(help="The witness's own folder.")]


def build() -> typer.Typer:
    """The commands of a witness."""
    app = typer.Typer(help="A witness: cosigns checkpoints of other offices' logs.", no_args_is_help=True)
    app.command("init")(init)
    app.command("add-log")(add_log)
    app.command("serve")(serve)
    return app


def init(
    name: Annotated[str, typer.Argument(help="The witness's name: a host and path of its own, without a scheme.")],
    folder: Folder,
    as_json: AsJson = False,
) -> None:
    """Make the folder and the key, and print the verifier key that goes into policies."""
    import secrets

    from adapters.signing_key import SigningKey
    from adapters.witness.state import WitnessState
    from domain.evidence.errors import MalformedError
    from domain.evidence.note import COSIGNATURE, KEY_BYTES

    key = SigningKey(name, COSIGNATURE, secrets.token_bytes(KEY_BYTES))
    try:
        vkey = key.verifier.vkey()
    except MalformedError as error:
        raise Invalid("name", error.rule) from error
    WitnessState(folder).make(key)
    _tell_key(vkey, as_json=as_json)


def add_log(
    origin: Annotated[str, typer.Argument(help="The log's origin.")],
    vkey: Annotated[str, typer.Argument(help="A verifier key of the log; after a rotation, one more.")],
    folder: Folder,
) -> None:
    """Watch a log. A witness that serves already takes notice at once."""
    from adapters.witness.state import WitnessState
    from domain.evidence.errors import MalformedError
    from domain.evidence.note import parse_vkey

    state = WitnessState(folder)
    state.key()
    try:
        state.add_log(origin, parse_vkey(vkey))
    except MalformedError as error:
        raise Invalid(error.field, error.rule) from error


def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 is any free port.")] = 8001,
) -> None:
    """Cosign until interrupted."""
    from adapters.witness.state import WitnessState

    state = WitnessState(folder)
    logs.configure()
    with state.alone():
        run(_serve(folder, host, port))


async def _serve(folder: Path, host: str, port: int) -> None:
    import uvicorn

    from adapters.witness.state import WitnessState
    from adapters.witness.witness import Witness
    from api.witness import create_witness_app

    state = WitnessState(folder)
    key = state.key()
    app = create_witness_app(Witness(state, key, lambda: datetime.now(UTC)), state)
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False, limit_concurrency=256
    )
    stderr().print(
        f"{key.verifier.vkey()} at http://{host}:{port}/  (Ctrl-C ends it)",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    await uvicorn.Server(config).serve()


def _tell_key(vkey: str, *, as_json: bool) -> None:
    if as_json:
        answer({"vkey": vkey})
    else:
        typer.echo(vkey)
