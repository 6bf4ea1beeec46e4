"""``wenze key``: the signing key that a person holds. An officer enrols its public half; the file stays here."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.asking import client_of, sent
from api.cli.terminal import AsJson, answer, stderr
from api.settings import Holder

if TYPE_CHECKING:
    from adapters.files.held_key import HeldKey

KeyFile = Annotated[Path | None, typer.Option("--key", help="The key's file; else WENZE_KEY_FILE, or ~/.wenze.")]


def build() -> typer.Typer:
    """The commands about the own key."""
    app = typer.Typer(help="The signing key that you hold.", no_args_is_help=True)
    app.command("make")(make)
    app.command("show")(show)
    app.command("enrol")(enrol)
    return app


def make(
    key: KeyFile = None,
    passphrase: Annotated[bool, typer.Option(help="Ask for a passphrase and encrypt the file.")] = True,
    as_json: AsJson = False,
) -> None:
    """Make a key, and print what an officer needs to enrol it."""
    from adapters.files.held_key import make_key_file

    path = key or Holder().key_file
    secret = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True) if passphrase else None
    made = make_key_file(path, secret)
    stderr().print(f"{path} is yours alone; it was never anywhere else.", markup=False, highlight=False)
    _tell(made.credential, made.public_key, as_json=as_json)


def show(key: KeyFile = None, as_json: AsJson = False) -> None:
    """Print what is public about the key."""
    opened = open_key(key or Holder().key_file)
    _tell(opened.credential, opened.public_key, as_json=as_json)


def enrol(key: KeyFile = None, as_json: AsJson = False) -> None:
    """Prove to the server that you hold the key, and print the code to read out to an officer in person."""
    from domain.evidence.digest import content_digest

    holder = Holder()
    opened = open_key(key or holder.key_file)
    with client_of(holder) as server:
        asked = sent(server, "/api/v1/signing/key_options")
        made = {"nonce": asked["nonce"], "public_key": opened.public_key}
        proof = opened.sign(content_digest("enrolment", made | {"person": asked["person"]}))
        made |= {"method": "ed25519", "signature": proof, "strength": "key_file"}
        told = sent(server, "/api/v1/signing/ask_enrolment", {"made": made})
    if as_json:
        answer(told)
        return
    stderr().print(f"Until {told['expires_at']}; the officer sees the same code:", highlight=False)
    typer.echo(told["code"])


def open_key(path: Path) -> "HeldKey":
    """The key of a file; the passphrase is asked for where there is one."""
    from adapters.files.held_key import is_encrypted, read_key_file

    secret = typer.prompt("Passphrase", hide_input=True, err=True) if is_encrypted(path) else None
    return read_key_file(path, secret)


def _tell(credential: str, public_key: str, *, as_json: bool) -> None:
    told = {"credential": credential, "public_key": public_key, "method": "ed25519", "algorithm": -8}
    if as_json:
        answer(told)
        return
    for name, value in told.items():
        typer.echo(f"{name}: {value}")
