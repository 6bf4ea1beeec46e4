"""Whose word enrols a key, and whose word ends it."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.evidence.strict import base64url_text
from domain.ledger.event import Event
from domain.registry.errors import NotAppointed, PersonUnknown, WrongOrganisation, WrongRole
from domain.registry.events import PersonRegistered, Role, SiteMoved
from domain.signing import errors
from domain.signing.credential_state import CredentialState
from domain.signing.enrol_credential import EnrolCredential
from domain.signing.revoke_credential import RevokeCredential
from tests.domain.reporting.story import (
    BUREAU,
    DAY,
    DELEGATE,
    EVENING,
    FAR_PRINCIPAL,
    FAR_REVIEWER,
    NOON,
    NORTH,
    OFFICE_OF,
    OFFICER,
    PRINCIPAL,
    REASON,
    REGISTRAR,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SECOND_REVIEWER,
    SECTION,
    SOUTH,
    TEACHER,
    Story,
    acting,
    appointed,
    delegation,
    uuid,
)
from tests.keys import credential, enrolled, enrolled_key, public_key

NEW, NEW_OFFICE = uuid(500), uuid(501)


def registered(person: str) -> PersonRegistered:
    return PersonRegistered(person=person, code=f"P{person[-3:]}", name=REASON)


def city(role: Role = Role.REPORTER, place: str = SCHOOL, *more: Event) -> Story:
    """Somebody new has an office, and no key."""
    return Story(registered(NEW), appointed(NEW, role, place, NEW_OFFICE), *more)


def enrols(by: Any, person: str = NEW, number: int = 1, **changes: Any) -> EnrolCredential:
    given: dict[str, Any] = {
        "method": "ed25519",
        "public_key": base64url_text(public_key(person, number)),
        "algorithm": -8,
        "strength": "key_file",
    }
    return EnrolCredential(acting=by, person=person, **given | changes)


@pytest.mark.parametrize("officer", [PRINCIPAL, REVIEWER, SECOND_REVIEWER, REGISTRAR])
def test_a_first_key_is_enrolled_on_the_word_of_who_answers_for_the_person(officer: str) -> None:
    event = city().does(enrols(acting(officer)))
    expected = enrolled(NEW, vouched_by=officer)
    assert event == msgspec.structs.replace(expected, vouching_appointment=OFFICE_OF[officer])


@pytest.mark.parametrize(
    ("officer", "error"),
    [
        (REPORTER, WrongRole),
        (FAR_PRINCIPAL, WrongOrganisation),
        (FAR_REVIEWER, WrongOrganisation),
        (OFFICER, WrongOrganisation),
    ],
)
def test_nobody_vouches_for_anothers_people(officer: str, error: type[Exception]) -> None:
    city().refuses(enrols(acting(officer)), error)


def test_a_reviewer_and_an_officer_vouch_for_their_own_colleagues_and_no_principal_does() -> None:
    city(Role.DISTRICT_REVIEWER, NORTH).does(enrols(acting(REVIEWER)))
    city(Role.SECTION_OFFICER, SECTION).does(enrols(acting(OFFICER)))
    city(Role.DISTRICT_REVIEWER, NORTH).refuses(enrols(acting(PRINCIPAL)), WrongOrganisation)
    city(Role.SECTION_OFFICER, SECTION).refuses(enrols(acting(REVIEWER)), WrongOrganisation)


def test_an_officer_of_the_bureau_itself_does_not_vouch_for_its_sections() -> None:
    above = appointed(DELEGATE, Role.SECTION_OFFICER, BUREAU, uuid(401))
    by = acting(DELEGATE, appointment=uuid(401))
    city(Role.SECTION_OFFICER, SECTION, above).refuses(enrols(by), WrongOrganisation)


def test_a_school_that_moved_is_its_new_districts() -> None:
    moved = SiteMoved(organisation=SCHOOL, from_parent=NORTH, to_parent=SOUTH, moved_on=DAY)
    city(Role.REPORTER, SCHOOL, moved).does(enrols(acting(FAR_REVIEWER)))
    city(Role.REPORTER, SCHOOL, moved).refuses(enrols(acting(REVIEWER)), WrongOrganisation)
    later = msgspec.structs.replace(moved, moved_on=DAY + timedelta(1))
    city(Role.REPORTER, SCHOOL, later).does(enrols(acting(REVIEWER)))


def test_who_left_is_vouched_for_by_the_registrar_alone_and_who_comes_is_prepared_for() -> None:
    left = msgspec.structs.replace(appointed(NEW, Role.REPORTER, SCHOOL, NEW_OFFICE), valid_to=NOON)
    coming = msgspec.structs.replace(left, valid_from=NOON + timedelta(30), valid_to=None)
    gone = Story(registered(NEW), left)
    gone.refuses(enrols(acting(PRINCIPAL)), WrongOrganisation)
    gone.does(enrols(acting(REGISTRAR)))
    Story(registered(NEW), coming).does(enrols(acting(PRINCIPAL)))


def test_nobody_vouches_for_oneself_nor_lets_a_delegate_do_it() -> None:
    story = Story(registered(REVIEWER), delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH))
    story.refuses(enrols(acting(REVIEWER), REVIEWER, 2), errors.VouchedByOneself)
    by = acting(DELEGATE, appointment=OFFICE_OF[REVIEWER], delegation=uuid(301))
    story.refuses(enrols(by, REVIEWER, 2), errors.VouchedByOneself)
    itself = appointed(DELEGATE, Role.REPORTER, SCHOOL, NEW_OFFICE)
    lent = Story(registered(DELEGATE), itself, delegation(REVIEWER, Role.DISTRICT_REVIEWER, NORTH))
    lent.refuses(enrols(by, DELEGATE, 2), errors.VouchedByOneself)
    story.does(enrols(acting(SECOND_REVIEWER), REVIEWER, 2))


def test_whose_office_has_ended_vouches_for_nobody() -> None:
    office = msgspec.structs.replace(appointed(NEW, Role.REGISTRAR, BUREAU, uuid(502)), valid_to=NOON)
    Story(registered(REPORTER), office).refuses(enrols(acting(NEW, appointment=uuid(502)), REPORTER, 2), NotAppointed)


def test_only_a_registered_person_has_a_key() -> None:
    Story().refuses(enrols(acting(REGISTRAR), uuid(999)), PersonUnknown)


def test_a_second_key_needs_a_districts_officer_be_the_first_lost_or_not() -> None:
    story = city()
    story.does(enrols(acting(PRINCIPAL)))
    story.refuses(enrols(acting(PRINCIPAL), number=2), WrongRole)
    story.does(RevokeCredential(by=NEW, at=NOON, person=NEW, credential=credential(NEW), why="lost"))
    story.refuses(enrols(acting(PRINCIPAL), number=2), WrongRole)
    story.does(enrols(acting(REVIEWER), number=2))


def test_who_vouched_for_others_still_has_no_key_of_the_own() -> None:
    story = city(Role.PRINCIPAL, SCHOOL, enrolled(TEACHER, 2, vouched_by=NEW))
    story.does(enrols(acting(PRINCIPAL)))


def test_what_happens_to_one_key_does_not_happen_to_another() -> None:
    state = CredentialState(credential(NEW))
    lost = RevokeCredential(by=TEACHER, at=NOON, person=TEACHER, credential=credential(TEACHER), why="lost")
    for event in (enrolled(NEW), enrolled(TEACHER), Story().does(lost)):
        event.mutate(state)
    assert state.require_usable(NEW, NOON) == enrolled_key(NEW)


def test_an_officers_word_counts_while_the_office_lasts() -> None:
    office = msgspec.structs.replace(appointed(NEW, Role.REGISTRAR, BUREAU, uuid(502)), valid_to=EVENING)
    story = Story(registered(NEW), registered(REPORTER), office)
    for command in (enrols(acting(NEW, appointment=uuid(502)), REPORTER, 2), revokes(NEW, appointment=uuid(502))):
        story.does(command)
        assert command.recorded_before == EVENING


def test_a_key_is_enrolled_once_for_one_person() -> None:
    story = city(Role.REPORTER, SCHOOL, registered(REPORTER))
    same = base64url_text(public_key(REPORTER))
    story.refuses(enrols(acting(REGISTRAR), NEW, public_key=same), errors.CredentialTaken)
    story.refuses(enrols(acting(REGISTRAR), REPORTER, public_key=same), errors.CredentialTaken)


def test_no_key_signs_before_it_is_enrolled() -> None:
    city().refuses(enrols(acting(PRINCIPAL), valid_from=NOON - timedelta(microseconds=1)), errors.KeyUnfit)
    city().does(enrols(acting(PRINCIPAL), valid_from=NOON))


def spki(key: Any) -> str:
    return base64url_text(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


P256 = ec.generate_private_key(ec.SECP256R1()).public_key()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
PASSKEY = {
    "method": "webauthn",
    "strength": "passkey_device",
    "credential_id": "aWQ",
    "rp_id": "example.test",
    "web_origin": "https://example.test",
    "registration": "aa" * 32,
}


@pytest.mark.parametrize(
    ("key", "algorithm"), [(spki(P256), -7), (spki(RSA), -257), (base64url_text(public_key(NEW)), -8)]
)
def test_a_passkey_has_one_of_three_algorithms_and_all_of_its_registration(key: str, algorithm: int) -> None:
    given: dict[str, Any] = {**PASSKEY, "public_key": key, "algorithm": algorithm}
    event = city().does(enrols(acting(PRINCIPAL), **given))
    state = CredentialState(event.credential)
    event.mutate(state)
    assert state.key is not None
    assert (state.key.rp_id, state.key.web_origin) == ("example.test", "https://example.test")
    for name in ("credential_id", "rp_id", "web_origin", "registration"):
        with pytest.raises(errors.KeyUnfit):
            enrols(acting(PRINCIPAL), **given | {name: None})


@pytest.mark.parametrize(
    "changes",
    [
        {"public_key": spki(P256), "algorithm": -7},
        {"algorithm": -7},
        {"method": "webauthn", "strength": "passkey_device"},
        {"strength": "passkey_synced"},
        {"rp_id": "example.test"},
        {"public_key": spki(ed448.Ed448PrivateKey.generate().public_key())},
        {**PASSKEY, "public_key": spki(ec.generate_private_key(ec.SECP384R1()).public_key()), "algorithm": -7},
        {
            **PASSKEY,
            "public_key": spki(rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()),
            "algorithm": -257,
        },
        {**PASSKEY, "public_key": spki(P256), "algorithm": -257},
        {"public_key": base64url_text(public_key(NEW) + b"\x00")},
        {"public_key": base64url_text(public_key(NEW)) + "="},
        {"public_key": "AAAA"},
        {"public_key": ""},
        {"public_key": "密钥"},
    ],
    ids=range(14),
)
def test_what_is_no_fitting_key_is_not_enrolled(changes: dict[str, Any]) -> None:
    with pytest.raises(errors.KeyUnfit):
        enrols(acting(PRINCIPAL), **changes)


# Revoking


def revokes(officer: str, person: str = REPORTER, **acts: Any) -> RevokeCredential:
    by = acting(officer, **acts)
    return RevokeCredential(by=by.person, at=NOON, person=person, credential=credential(person), why="lost", acting=by)


@pytest.mark.parametrize("officer", [REVIEWER, REGISTRAR])
def test_a_key_is_revoked_on_a_district_officers_word(officer: str) -> None:
    event = Story().does(revokes(officer))
    assert (event.person, event.by, event.appointment, event.revoked_at) == (
        REPORTER,
        officer,
        OFFICE_OF[officer],
        NOON,
    )


@pytest.mark.parametrize(
    ("officer", "error"), [(PRINCIPAL, WrongRole), (FAR_REVIEWER, WrongOrganisation), (OFFICER, WrongOrganisation)]
)
def test_nobody_else_revokes_it(officer: str, error: type[Exception]) -> None:
    Story().refuses(revokes(officer), error)


def test_the_holder_revokes_the_own_key_without_any_office_and_nobody_elses() -> None:
    story = Story()
    own = RevokeCredential(by=DELEGATE, at=NOON, person=DELEGATE, credential=credential(DELEGATE), why="left")
    others = RevokeCredential(by=DELEGATE, at=NOON, person=DELEGATE, credential=credential(REPORTER), why="left")
    posing = RevokeCredential(by=DELEGATE, at=NOON, person=REPORTER, credential=credential(REPORTER), why="left")
    story.refuses(others, errors.NotYourCredential)
    story.refuses(posing, errors.NotYourCredential)
    assert story.does(own).appointment is None
    story.refuses(own, errors.RevokedCredential)


def test_a_holder_with_an_office_revokes_as_the_holder() -> None:
    assert Story().does(revokes(REPORTER)).appointment is None


def test_the_person_and_the_key_are_each_others() -> None:
    story = Story()
    command = RevokeCredential(
        by=REVIEWER, at=NOON, person=REPORTER, credential=credential(PRINCIPAL), why="lost", acting=acting(REVIEWER)
    )
    story.refuses(command, errors.NotYourCredential)
    command = RevokeCredential(
        by=REVIEWER, at=NOON, person=REPORTER, credential="00" * 32, why="lost", acting=acting(REVIEWER)
    )
    story.refuses(command, errors.UnknownCredential)
