"""``wenze vault rotate``: a new key-encryption key for the vault; the old one opens nothing any more."""

import typer

from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, stderr, working
from api.settings import Settings


def build() -> typer.Typer:
    """The commands of the vault."""
    app = typer.Typer(name="vault", help="The vault of personal values.", no_args_is_help=True)
    app.callback()(_group)
    app.command("rotate")(rotate)
    return app


def _group() -> None:
    """The vault of personal values."""


def rotate(as_json: AsJson = False) -> None:
    """Wrap every key of the vault under a new key-encryption key. Safe to interrupt and to run again.

    The key in the data folder is replaced. One that the environment gives is replaced there first: the new one as
    WENZE_VAULT_KEY, the old one as WENZE_VAULT_KEY_PREVIOUS; take the old one away afterwards.
    """
    run(_rotate(Settings.load(), as_json=as_json))


async def _rotate(settings: Settings, *, as_json: bool) -> None:
    from adapters.postgres.pool import open_pool
    from api.vault_rotation import rotate_vault_key

    async with with_database(settings) as ready:
        pool = await open_pool(str(ready.database_url), size=1)
        try:
            with working("wrapping every key anew"):
                rotation = await rotate_vault_key(pool, ready)
        finally:
            await pool.close()
    if as_json:
        answer({"kek": rotation.kek, "rewrapped": rotation.rewrapped, "left": rotation.left})
        return
    stderr().print(f"{rotation.rewrapped:,} keys are wrapped under the new key-encryption key {rotation.kek}.")
    for kek, keys in rotation.left.items():
        stderr().print(f"{keys:,} keys are wrapped under {kek}, which is not here: they open for nobody.")
