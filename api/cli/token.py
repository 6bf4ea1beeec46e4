"""``wenze token``: a bearer token for a person, shown once."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

import typer

from api.cli.database import with_database
from api.cli.terminal import AsJson, answer, run, stderr
from api.settings import Settings
from api.tokens import fingerprint_of, keep_token, new_token
from domain.ledger.entry import MACHINE, Actor
from domain.ledger.errors import Invalid


def token(
    person: Annotated[
        str | None, typer.Argument(help="The person's id; on an empty registry it may be left out.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is valid, in real days.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Issue a token. It is recorded in the log by its fingerprint, and printed this once."""
    settings = Settings.load()
    holder = person
    if person is not None:
        try:
            holder = str(UUID(person))
        except ValueError as error:
            raise Invalid("person", "must be a UUID") from error
    expires_at = datetime.now(UTC) + timedelta(days=days)
    holder, secret = run(issue(settings, holder, expires_at))
    if as_json:
        answer({"person": holder, "token": secret, "expires_at": expires_at.isoformat()})
        return
    stderr().print(f"For {holder}, until {expires_at:%Y-%m-%d}. It is not shown again:")
    typer.echo(secret)


async def issue(settings: Settings, person: str | None, expires_at: datetime) -> tuple[str, str]:
    """Record and keep a fresh token; for whom it is, and the token itself."""
    from api.ledger import request_bytes
    from api.main import open_wiring
    from domain.registry.issue_token import IssueToken

    secret = new_token()
    async with with_database(settings) as ready, open_wiring(ready) as wiring:
        ledger, name = wiring.ledger, str(uuid4())
        holder = person or ledger.ids.new()
        # The event first: a fingerprint that opens doors without a trace must not exist, the reverse harms nobody.
        await ledger.carry_out(
            lambda: IssueToken(token=name, person=holder, fingerprint=fingerprint_of(secret), expires_at=expires_at),
            actor=Actor(person=MACHINE),
            key=str(uuid4()),
            request=request_bytes(IssueToken.name, {"person": holder, "token": name}),
        )
        await keep_token(
            wiring.pool,
            fingerprint=fingerprint_of(secret),
            token=name,
            person=holder,
            issued_at=datetime.now(UTC),
            expires_at=expires_at,
        )
    return holder, secret
