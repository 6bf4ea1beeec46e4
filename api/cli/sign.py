"""``wenze sign``: ask what is to be signed, show it, sign it here with the own key, and send it.

What the server wants signed is signed only if it is what was asked for: the statement's fields are compared, and its
digest is made anew. The key never leaves this machine.
"""

from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

import typer

from adapters.sealing import commit
from api.cli.asking import ServerDeclined, client_of, got, sent
from api.cli.key import KeyFile, open_key
from api.cli.terminal import AsJson, answer, stderr
from api.settings import Holder, user_language
from api.verdict_sentences import printable
from domain.evidence.statement import Decision, Examined, batch_digest, batch_root, statement_digest
from domain.ledger.errors import Invalid, WenzeError
from domain.reporting.identifiers import parts_of

if TYPE_CHECKING:
    import httpx

SALT_BYTES: Final = 32
_MEMBERS: Final = {
    "origin", "digest", "level", "decision", "appointment", "nonce", "below", "rules", "examined", "reason",
    "delegation",
}  # fmt: skip
_REPORTS: Final = {
    "sign": "sign_report",
    "return": "return_report",
    "refuse": "refuse_signature",
    "attest_zero": "attest_zero",
}
_ROLLUPS: Final = {"sign": "sign_rollup", "return": "return_rollup"}


class StatementForeign(WenzeError):
    """The server wants something signed that was not asked for: nothing was signed."""

    code: ClassVar[str] = "statement_foreign"


def sign(
    subjects: Annotated[list[str], typer.Argument(help="Reports or roll-ups; up to 20 under one signature.")],
    *,
    level: Annotated[int | None, typer.Option(min=1, max=3, help="Over a report: at which level.")] = None,
    decision: Annotated[Decision, typer.Option(help="What is decided.")] = "sign",
    examined: Annotated[Examined | None, typer.Option(help="At levels 2 and 3: how it was looked at.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is returned or refused.")] = None,
    section: Annotated[str | None, typer.Option(help="At level 3: the officer's section.")] = None,
    appointment: Annotated[str | None, typer.Option(help="The office to act under, if several are held.")] = None,
    delegation: Annotated[str | None, typer.Option(help="The delegation to act under.")] = None,
    key: KeyFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign, return or refuse with your own key. WENZE_SERVER says where, WENZE_TOKEN who."""
    holder = Holder()
    with client_of(holder, appointment=appointment, delegation=delegation) as server:
        asked = [
            _asked(server, subject, level=level, decision=decision, examined=examined, reason=reason, section=section)
            for subject in subjects
        ]
        told = sent(server, "/api/v1/signing/statements", {"decisions": asked})
        under = {"appointment": appointment, "delegation": delegation}
        digest = _to_sign(asked, told, under)
        for each in told["statements"]:
            stderr().print(printable(each[user_language()]), markup=False, highlight=False)
        stderr().print(f"SHA-256 {digest}", markup=False, highlight=False)
        if not yes:
            typer.confirm("Sign?", abort=True, err=True)
        opened = open_key(key or holder.key_file)
        held = {"method": "ed25519", "credential": opened.credential, "signature": opened.sign(digest)}
        outcomes = _decided(server, asked, told, held)
    if as_json:
        answer({"outcomes": outcomes})
        return
    for each in outcomes:
        receipt = each.get("receipt")
        typer.echo(f"{each['subject']}: " + (f"{receipt['first']}" if receipt else each["problem"]["title"]))


def _asked(
    server: "httpx.Client",
    subject: str,
    *,
    level: int | None,
    decision: Decision,
    reason: str | None,
    **more: str | None,
) -> dict[str, Any]:
    """The decision as the API takes it, over the digest that stands now."""
    form, day, organisation = parts_of(subject)
    is_rollup = form.startswith("f2-")
    command = (_ROLLUPS if is_rollup else _REPORTS).get(decision)
    if command is None:
        raise Invalid("decision", "a roll-up is signed or returned")
    asked: dict[str, Any] = {"command": command, "level": level, **more}
    if is_rollup or decision == "attest_zero":
        del asked["level"]
    if is_rollup:
        asked |= {"rollup": subject, "digest": _rollup_digest(server, subject, str(day), organisation)}
    else:
        asked |= {"report": subject, "digest": got(server, f"/api/v1/reports/{subject}")["row"]["digest"]}
    if reason is not None:
        asked["reason"] = {"text": reason, "salt": token_hex(SALT_BYTES)}
    return {name: value for name, value in asked.items() if value is not None}


def _rollup_digest(server: "httpx.Client", rollup: str, day: str, organisation: str) -> str:
    span = {"first_day": day, "last_day": day, "district": organisation}
    rows = got(server, "/api/v1/views/rollup_tree", span)["rows"]
    found = next((row["rollup"]["digest"] for row in rows if row["rollup"]["rollup"] == rollup), None)
    if found is None:
        raise Invalid("rollup", "there is none of this name yet")
    return str(found)


def _to_sign(asked: list[dict[str, Any]], told: dict[str, Any], under: dict[str, str | None]) -> str:
    """The digest to sign. Raises ServerDeclined, StatementForeign."""
    digests, origins = [], set()
    for wanted, each in zip(asked, told["statements"], strict=True):
        if each["problem"] is not None:
            raise ServerDeclined(each["problem"]["title"], code=each["problem"]["code"], subject=each["subject"])
        statement = each["statement"]
        for field, value in (_expected(wanted, told["nonce"]) | _office(under)).items():
            if statement.get(field) != value:
                raise StatementForeign(field=field, subject=each["subject"])
        for field in sorted(statement.keys() - _MEMBERS):
            raise StatementForeign(field=field, subject=each["subject"])
        digests.append(statement_digest(statement))
        origins.add(statement["origin"])
    if len(digests) == 1:
        return digests[0]
    (origin,) = origins
    return batch_digest(origin=origin, size=len(digests), root=batch_root(digests), nonce=told["nonce"])


def _expected(wanted: dict[str, Any], nonce: str) -> dict[str, Any]:
    """What the statement must say; what else it says (appointment, rules, the signature below) the server knows."""
    reason = wanted.get("reason")
    decision = next(each for names in (_REPORTS, _ROLLUPS) for each, name in names.items() if name == wanted["command"])
    expected = {
        "nonce": nonce,
        "digest": wanted["digest"],
        "decision": decision,
        "examined": wanted.get("examined"),
        "reason": None if reason is None else commit(reason["text"], bytes.fromhex(reason["salt"])),
    }
    if wanted["command"] == "attest_zero":
        expected["level"] = 0
    return expected | ({"level": wanted["level"]} if "level" in wanted else {})


def _office(under: dict[str, str | None]) -> dict[str, str | None]:
    """Nobody acts for another who did not say so; which of several offices, the server knows if nobody said."""
    named = {} if under["appointment"] is None else {"appointment": under["appointment"]}
    return {"delegation": under["delegation"], **named}


def _decided(
    server: "httpx.Client", asked: list[dict[str, Any]], told: dict[str, Any], held: dict[str, Any]
) -> list[dict[str, Any]]:
    """What became of each decision."""
    signed: dict[str, Any] = {"nonce": told["nonce"], "held": held}
    if len(asked) > 1:
        decisions = [
            {"decision": each, "statement": statement["digest"]}
            for each, statement in zip(asked, told["statements"], strict=True)
        ]
        return list(sent(server, "/api/v1/signing/sign_batch", signed | {"decisions": decisions})["outcomes"])
    body = {name: value for name, value in asked[0].items() if name != "command"}
    receipt = sent(server, f"/api/v1/reporting/{asked[0]['command']}", signed | body)
    return [{"subject": told["statements"][0]["subject"], "receipt": receipt, "problem": None}]
