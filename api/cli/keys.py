"""``wenze keys``: the keys that sign the log. A person's own key is ``wenze key``."""

from typing import Any

import typer

from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, stderr
from api.settings import Settings, SettingsWrong


def build() -> typer.Typer:
    """The commands about the log's keys."""
    app = typer.Typer(help="The keys that sign the log.", no_args_is_help=True)
    for command in (make, show, rotate):
        app.command(command.__name__)(command)
    return app


def make(as_json: AsJson = False) -> None:
    """Make the first key, and print its verifier key. Harmless when repeated."""
    from api.log_keys import held_keys, make_log_key

    settings = Settings.load()
    keys = held_keys(settings, settings.origin) or [make_log_key(settings, settings.origin)]
    _tell([keys[0].verifier.vkey()], as_json=as_json)


def show(as_json: AsJson = False) -> None:
    """Print the verifier key of every key of the log that is at hand, the oldest first."""
    from api.log_keys import held_keys

    settings = Settings.load()
    _tell([key.verifier.vkey() for key in held_keys(settings, settings.origin)], as_json=as_json)


def rotate(as_json: AsJson = False) -> None:
    """Let another key sign. The old one signs one more checkpoint: the one that holds the change.

    It is a fresh key; where the environment gives the keys, the last of WENZE_LOG_KEY, which must be new.
    """
    vkey = run(_rotate(Settings.load()))
    stderr().print("From the checkpoint after the next on, this key signs:")
    _tell([vkey], as_json=as_json)


async def _rotate(settings: Settings) -> str:
    from api.log_keys import adopted_keys, held_keys, rotate
    from api.main import open_wiring

    async with with_database(settings) as ready, open_wiring(ready) as wiring:
        if settings.log_key is not None:
            adopted = await adopted_keys(wiring.ledger)
            if all(key.verifier.vkey() in adopted for key in held_keys(settings, wiring.ledger.origin)):
                raise SettingsWrong(["WENZE_LOG_KEY: every key in it is adopted; add the new one, with a comma"])
        return (await rotate(wiring.ledger, settings)).verifier.vkey()


def _tell(vkeys: list[str], *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"keys": vkeys}
        answer(told)
        return
    for vkey in vkeys:
        typer.echo(vkey)
