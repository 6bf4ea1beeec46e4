"""Commands and the evidence judge one key by code of their own; over every history they agree on what it may sign."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.evidence.credentials import Credentials
from domain.evidence.entry import Entry, parse_entry
from domain.evidence.verdict import Reason, Unproved
from domain.ledger.entry import Actor, Context, template
from domain.ledger.event import Event
from domain.signing.credential_state import CredentialState
from domain.signing.errors import CredentialNotYetValid, FrozenCredential, RevokedCredential, UnknownCredential
from domain.signing.events import CredentialEnrolled, CredentialRevoked, DisputeResolved, SignatureDisputed
from domain.signing.signature_standing import Standings
from tests.keys import credential, enrolled

START = datetime(2020, 2, 1, tzinfo=UTC)
DAYS = st.integers(0, 5).map(lambda day: START + timedelta(days=day))
HOLDER, OTHER = "holder", "other"
KEYS = st.sampled_from((HOLDER,) * 5 + (OTHER,))
DISPUTES = st.sampled_from(("dispute-1", "dispute-2"))

ENROLLED: st.SearchStrategy[CredentialEnrolled] = st.builds(
    lambda person, valid_from: enrolled(person, valid_from=valid_from), KEYS, st.none() | DAYS
)
REVOKED = st.builds(
    lambda person, at: CredentialRevoked(
        credential=credential(person), person=person, why="lost", revoked_at=at, by=person
    ),
    KEYS,
    DAYS,
)
DISPUTED = st.builds(
    lambda person, dispute, since: SignatureDisputed(
        dispute=dispute, credential=credential(person), person=person, since=since
    ),
    KEYS,
    DISPUTES,
    DAYS,
)
RESOLVED = st.builds(
    lambda person, dispute, outcome: DisputeResolved(
        dispute=dispute, credential=credential(person), person=person, outcome=outcome, by="officer",
        appointment="office", reason="0" * 64,
    ),
    KEYS,
    DISPUTES,
    st.sampled_from(("confirmed", "repudiated")),
)  # fmt: skip
EVENTS: st.SearchStrategy[Event] = st.one_of(DISPUTED, RESOLVED, REVOKED)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """An enrolment, of this key or of another, and what happens to it. As in a ledger, a dispute's name is used once
    and is decided once, after it was raised.
    """
    history: list[Event] = [draw(ENROLLED)]
    raised: set[tuple[str, str]] = set()
    decided: set[tuple[str, str]] = set()
    for event in draw(st.lists(EVENTS, max_size=8)):
        match event:
            case SignatureDisputed():
                name = (event.credential, event.dispute)
                if name in raised:
                    continue
                raised.add(name)
            case DisputeResolved():
                name = (event.credential, event.dispute)
                if name not in raised or name in decided:
                    continue
                decided.add(name)
            case _:
                pass
        history.append(event)
    return history


def entry(position: int, event: Event, at: datetime = START) -> Entry:
    context = Context(actor=Actor(person="somebody"), received_at=at, key="k", request=b"{}")
    return parse_entry(position, template(event, event_id="id", command="happen", context=context).at(at))


@settings(max_examples=400)
@given(histories(), DAYS, st.data())
def test_commands_and_evidence_never_disagree_over_a_key(
    history: list[Event], at: datetime, data: st.DataObject
) -> None:
    known = data.draw(st.just(1) | st.integers(0, len(history)))
    state, standings = CredentialState(credential(HOLDER)), Standings()
    for event in history[:known]:
        event.mutate(state)
    for event in history:
        standings.fold(event)
    # The signature stands between what was known then and what came after; a position of its own in the log.
    entries = [entry(place if place <= known else place + 1, event) for place, event in enumerate(history, 1)]
    signature = entry(known + 1, enrolled("signature"), at)
    assert by_evidence(Credentials(entries), signature) == by_commands(state, standings, at)


def by_commands(state: CredentialState, standings: Standings, at: datetime) -> str:
    try:
        state.require_usable(HOLDER, at)
    except UnknownCredential:
        return "unknown"
    except (FrozenCredential, RevokedCredential):
        return "signs nothing"
    except CredentialNotYetValid:
        return "not yet"
    return standings.standing(credential(HOLDER), at).value


def by_evidence(credentials: Credentials, signature: Entry) -> str:
    said = {
        Reason.NOT_ENROLLED: "unknown",
        Reason.REVOKED: "signs nothing",
        Reason.FROZEN: "signs nothing",
        Reason.NOT_YET_VALID: "not yet",
        Reason.DISPUTED: "disputed",
        Reason.REPUDIATED: "repudiated",
    }
    try:
        enrolment = credentials.enrolment(credential(HOLDER), before=signature.position)
        credentials.require_usable(enrolment, signature, lambda *_: None)
    except Unproved as unproved:
        return said[unproved.reason]
    return "valid"
