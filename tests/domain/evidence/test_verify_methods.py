"""Every way in which a person signs is verified from the bundle: passkeys, papers, batches; and what passes for them is
found.
"""

from typing import Any

import pytest

from domain.evidence.statement import batch_digest, batch_path, batch_root, paper_digest
from domain.evidence.verdict import Reason, State, StepName, Verdict
from domain.evidence.verify_bundle import verify_bundle
from tests.domain.evidence.signed_day import SignedDay, credential, ident
from tests.domain.evidence.small_log import ORIGIN, base64url, policy, private_key
from tests.passkeys import ALGORITHMS, BACKED_UP, BACKUP_ELIGIBLE, PRESENT, RP_ID, VERIFIED, passkey
from tests.passkeys import ORIGIN as WEB_ORIGIN

SCAN = "5c" * 32
SYNCED = PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP


def judged(day: SignedDay) -> Verdict:
    return verify_bundle(day.log.bundle(), policy())


def wrong(verdict: Verdict) -> set[tuple[StepName, Reason]]:
    return {(step.name, each.reason) for step in verdict.steps for each in step.findings if each.state is State.INVALID}


def strength(day: SignedDay, name: str) -> str | None:
    return next(each.strength for each in judged(day).signatures if each.position == day.at[name])


class ByPasskey(SignedDay):
    """The reviewer signs with a passkey; ``asserted`` is how the assertion differs from a right one."""

    def __init__(self, algorithm: int, enrolled: dict[str, Any] | None = None, **asserted: Any) -> None:
        self.key = passkey(algorithm)
        self.differs = enrolled or {}
        self.asserted = {"flags": SYNCED} | asserted
        super().__init__()

    def enrolled(self, name: str) -> dict[str, Any]:
        if name != "reviewer":
            return {}
        passkeys = {
            "credential": self.key.enrolled.credential, "method": "webauthn", "algorithm": self.key.algorithm,
            "public_key": base64url(self.key.spki), "strength": "passkey_synced", "rp_id": RP_ID,
            "web_origin": WEB_ORIGIN, "credential_id": base64url(self.key.credential_id), "registration": "7" * 64,
        }  # fmt: skip
        return passkeys | self.differs

    def held(self, name: str, key: str, signature: str, nonce: str) -> dict[str, Any]:
        if key != "reviewer":
            return super().held(name, key, signature, nonce)
        signed = self.key.assertion(bytes.fromhex(signature), **self.asserted)
        return {
            "method": "webauthn", "credential": self.key.enrolled.credential, "signature": base64url(signed.signature),
            "client_data": base64url(signed.client_data), "authenticator_data": base64url(signed.authenticator_data),
        }  # fmt: skip


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_passkey_signs_under_the_relying_party_and_origin_of_its_enrolment(algorithm: int) -> None:
    day = ByPasskey(algorithm)
    assert judged(day).state is State.VALID
    assert strength(day, "sign_2") == "passkey_synced"


@pytest.mark.parametrize(
    "asserted",
    [
        {"said": {"origin": "https://elsewhere.example"}},
        {"said": {"crossOrigin": True}},
        {"said": {"type": "webauthn.create"}},
        {"rp_id": "elsewhere.example"},
        {"flags": PRESENT | BACKUP_ELIGIBLE},
        {"flags": PRESENT | VERIFIED},
    ],
    ids=["origin", "crossOrigin", "type", "rp_id", "not verified", "bound to a device"],
)
def test_an_assertion_for_something_else_is_found(asserted: dict[str, Any]) -> None:
    assert wrong(judged(ByPasskey(-7, **asserted))) == {(StepName.SIGNATURES, Reason.SIGNATURE_WRONG)}


@pytest.mark.parametrize("enrolled", [{"rp_id": "other.example"}, {"web_origin": "https://other.example"}])
def test_another_place_in_the_enrolment_is_found(enrolled: dict[str, Any]) -> None:
    assert wrong(judged(ByPasskey(-7, enrolled))) == {(StepName.SIGNATURES, Reason.SIGNATURE_WRONG)}


class OnPaper(SignedDay):
    """The principal signed by hand; ``attester`` attests the scan with the own key."""

    def __init__(self, attester: str = "deputy", signer: str = "principal", attested_by: str | None = None) -> None:
        self.attester, self.signer = attester, signer
        self.attested_by = attested_by or attester
        super().__init__()

    def held(self, name: str, key: str, signature: str, nonce: str) -> dict[str, Any]:
        if name != "sign_1":
            return super().held(name, key, signature, nonce)
        attested = paper_digest(signed=signature, scan=SCAN, signer=ident(self.signer))
        made = super().held(name, self.attester, attested, nonce)
        return made | {"method": "paper", "paper": {"scan": SCAN, "attested_by": ident(self.attested_by)}}


def test_a_paper_counts_by_the_word_of_a_second_person() -> None:
    day = OnPaper()
    assert judged(day).state is State.VALID
    assert strength(day, "sign_1") == "paper"


def test_nobody_attests_the_own_paper() -> None:
    assert wrong(judged(OnPaper("principal"))) == {(StepName.CREDENTIALS, Reason.ATTESTED_BY_SIGNER)}


@pytest.mark.parametrize("attester", ["reporter", "reviewer"])
def test_who_attests_a_paper_stands_at_no_other_level(attester: str) -> None:
    assert (StepName.LEVELS, Reason.SAME_PERSON) in wrong(judged(OnPaper(attester)))


def test_a_paper_that_was_attested_for_another_signer_is_found() -> None:
    assert wrong(judged(OnPaper(signer="reviewer"))) == {(StepName.SIGNATURES, Reason.SIGNATURE_WRONG)}


def test_whoever_is_named_as_attesting_is_whose_key_it_was() -> None:
    assert wrong(judged(OnPaper(attested_by="nobody"))) == {(StepName.CREDENTIALS, Reason.ANOTHERS_CREDENTIAL)}


class InABatch(SignedDay):
    """The reviewer signed level 2 among other statements, once for all; ``part`` is how its place differs."""

    def __init__(self, nonce: str | None = None, origin: str = ORIGIN, **part: Any) -> None:
        self.nonce, self.origin, self.part = nonce, origin, part
        super().__init__()

    def held(self, name: str, key: str, signature: str, nonce: str) -> dict[str, Any]:
        if name != "sign_2":
            return super().held(name, key, signature, nonce)
        statements = ["1" * 64, signature, "2" * 64]
        root = batch_root(statements)
        signed = batch_digest(origin=self.origin, size=3, root=root, nonce=self.nonce or nonce)
        batch = {"index": 1, "size": 3, "path": list(batch_path(statements, 1))} | self.part
        return super().held(name, key, signed, nonce) | {"batch": batch}


def test_a_decision_of_a_batch_is_provable_from_it_alone() -> None:
    assert judged(InABatch()).state is State.VALID


@pytest.mark.parametrize(
    "changed",
    [{"index": 0}, {"size": 4}, {"size": 21}, {"path": []}, {"path": ["3" * 64] * 2}, {"nonce": "n"}, {"origin": "o"}],
    ids=str,
)
def test_a_batch_that_does_not_hold_the_decision_is_found(changed: dict[str, Any]) -> None:
    assert wrong(judged(InABatch(**changed))) == {(StepName.SIGNATURES, Reason.SIGNATURE_WRONG)}


def test_a_key_file_does_not_pass_for_a_passkey() -> None:
    made = private_key("reviewer").sign(b"x" * 32)
    held = {"method": "webauthn", "credential": credential("reviewer"), "signature": base64url(made)}
    assert (StepName.SIGNATURES, Reason.MALFORMED) in wrong(judged(SignedDay({"sign_2": {"held": held}})))
