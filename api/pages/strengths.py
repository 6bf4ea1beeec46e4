"""How strongly the keys are held that a page's signatures were made with, from their enrolments."""

from collections.abc import Iterable, Mapping

from api.pages.words import STRENGTHS
from domain.ledger.ports import EventLog
from domain.ledger.query import Query, QueryItem
from domain.reporting.school_day import SchoolDay
from domain.reporting.school_day_parts import Attestation, Hand, Objection, Signature
from domain.signing.events import CredentialEnrolled


async def fetch_strengths(log: EventLog, days: Iterable[SchoolDay]) -> Mapping[str, str]:
    """The strength of each credential that something on these days was signed with."""
    named = sorted({hand.credential for day in days for hand in _hands(day)})
    if not named:
        return {}
    types = frozenset({CredentialEnrolled.type_name})
    found = await log.read(Query(tuple(QueryItem(types, frozenset({f"credential:{each}"})) for each in named)))
    enrolled = [each.event for each in found.events if isinstance(each.event, CredentialEnrolled)]
    return {each.credential: each.strength for each in enrolled}


def words_for(hand: Hand, strengths: Mapping[str, str]) -> list[str]:
    """How something was signed, in words of the catalogue; a paper also by whose key attests it."""
    words = [STRENGTHS["paper"]] if hand.method == "paper" else []
    strength = strengths.get(hand.credential)
    return words if strength is None else [*words, STRENGTHS[strength]]


def _hands(day: SchoolDay) -> list[Hand]:
    acts: list[Signature | Objection | Attestation] = [*day.signatures, *day.objections, *day.attestations]
    return [each.hand for each in acts]
