"""One school's day in a small log: filed, signed at three levels with keys of the people's own, and rolled up.

``changes`` replaces members of single events by name, before or after they are signed: what a dishonest log would hold.
"""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.evidence.commitment import commitment
from domain.evidence.coverage import Coverage, cover
from domain.evidence.digest import content_digest
from domain.evidence.entry import instant_text
from tests.domain.evidence.small_log import ORIGIN, START, SmallLog, base64url, private_key, spki, statement_digest

PEOPLE = ("reporter", "principal", "reviewer", "officer", "registrar", "deputy")
SALT = bytes(range(32))
REMARKS = "一名学生发热，已送医"
DISPUTED_AFTER = timedelta(days=1)


def ident(name: str) -> str:
    return str(UUID(bytes=sha256(name.encode()).digest()[:16]))


SCHOOL, DISTRICT, BUREAU, SECTION = (ident(each) for each in ("school", "district", "bureau", "section"))
REPORT = f"f1.2020-02-09.{SCHOOL}"
ROLLUP = f"f2-f1.2020-02-09.{DISTRICT}"
CITY_ROLLUP = f"f2-f1.2020-02-09.{BUREAU}"
OFFICES = {
    "reporter": ("school.reporter", SCHOOL),
    "principal": ("school.principal", SCHOOL),
    "reviewer": ("district.reviewer", DISTRICT),
    "officer": ("bureau.section", SECTION),
    "registrar": ("bureau.registrar", BUREAU),
    "discipline": ("discipline", BUREAU),
}


def office(name: str) -> str:
    return ident(f"office of {name}")


def credential(name: str) -> str:
    return sha256(spki(private_key(name))).hexdigest()


class SignedDay:
    """``at`` gives the position of an event by its name, such as ``sign_1``."""

    def __init__(
        self, changes: Mapping[str, Mapping[str, Any]] | None = None, skip: frozenset[str] = frozenset()
    ) -> None:
        self.log = SmallLog()
        self.at: dict[str, int] = {}
        self.changes = dict(changes or {})
        self.skip = skip
        self.covered: dict[str, Coverage] = {}
        self.neighbours = [(ident(f"neighbour {number}"), f"{number}" * 64) for number in (1, 2)]
        self.registry()
        self.day()

    def add(self, name: str, type_name: str, payload: Mapping[str, Any], **envelope: Any) -> dict[str, Any]:
        said = {key: each for key, each in {**payload, **self.changes.pop(name, {})}.items() if each is not None}
        if name not in self.skip:
            self.at[name] = self.log.add(type_name, said, **envelope)
        return said

    def registry(self) -> None:
        section = {
            "organisation": SECTION, "kind": "section", "code": "S", "name": "科室", "parent": BUREAU,
            "opened_on": "2010-09-01", "public": True,
        }  # fmt: skip
        self.add("section", "OrganisationRegistered", section)
        for name, (role, organisation) in OFFICES.items():
            appointed = {
                "appointment": office(name), "person": ident(name), "role": role, "organisation": organisation,
                "valid_from": instant_text(START - timedelta(days=9)),
            }  # fmt: skip
            self.add(f"appoint_{name}", "Appointed", appointed)
        for name in ("principal", "reviewer", "officer", "deputy"):
            enrolled = {
                "credential": credential(name), "person": ident(name), "method": "ed25519", "algorithm": -8,
                "public_key": base64url(spki(private_key(name))), "strength": "key_file",
                "vouched_by": ident("registrar"), "vouching_appointment": office("registrar"),
            }  # fmt: skip
            self.add(f"enrol_{name}", "CredentialEnrolled", enrolled | self.enrolled(name))

    def day(self) -> None:
        duty = {
            "report": REPORT, "form": "F1", "form_version": 1, "school": SCHOOL, "district": DISTRICT, "bureau": BUREAU,
            "business_date": "2020-02-09", "rules": "f1-1",
        }  # fmt: skip
        self.add("duty", "DutyOpened", duty)
        content = {
            "nature": "positive", "zero_attestation": False, "counts": {"fever": 1}, "flags": {}, "choices": {},
            "classes": [], "missing_classes": [], "prepared_by": ident("reporter"),
            "remarks": commitment(REMARKS, SALT),
        } | self.changes.pop("content", {})  # fmt: skip
        revision = {"report": REPORT, "revision": 1, "form": "F1", "form_version": 1, "content": content}
        digest = content_digest("report", {"origin": ORIGIN, **revision})
        self.add("file", "ReportSubmitted", {**revision, "district": DISTRICT, "digest": digest})
        first = self.signed("sign_1", "ReportSigned", "principal", 1, digest, report=REPORT, district=DISTRICT)
        second = self.signed(
            "sign_2", "ReportSigned", "reviewer", 2, digest, report=REPORT, district=DISTRICT,
            below=first["signature"], examined="examined",
        )  # fmt: skip
        child = (SCHOOL, digest, second["signature"])
        for name, person, level, rollup in (("rollup", "reviewer", 2, ROLLUP), ("city", "officer", 3, CITY_ROLLUP)):
            covered = self.covered[name] = cover([child, *self.neighbours], 0)
            built = {
                "rollup": rollup, "parent": CITY_ROLLUP, "level": level, "form": "F1", "covered": 1, "expected": 1,
                "organisation": rollup.split(".")[2], "business_date": "2020-02-09", "revision": 1, "missing": [],
                "excused": [], "unsigned": [], "not_owed": [], "sums": {"fever": 1}, "root": covered.root(),
                "person": ident(person),
            }  # fmt: skip
            over = content_digest("rollup", {"origin": ORIGIN, **built})
            self.add(f"build_{name}", "RollupBuilt", {**built, "digest": over})
            signed = self.signed(
                f"sign_{name}", "RollupSigned", person, level, over, rollup=rollup, parent=CITY_ROLLUP,
                examined="examined",
            )  # fmt: skip
            child = (DISTRICT, over, signed["signature"])

    def signed(
        self,
        name: str,
        type_name: str,
        person: str,
        level: int,
        digest: str,
        *,
        key: str | None = None,
        decision: str = "sign",
        below: str | None = None,
        examined: str | None = None,
        reason: str | None = None,
        delegation: str | None = None,
        appointment: str | None = None,
        on_behalf_of: str | None = None,
        **subject: str,
    ) -> dict[str, Any]:
        """A decision with the signature of a person's key. What ``before <name>`` changes, is changed and signed."""
        said = {
            "digest": digest, "level": level, "decision": decision, "appointment": appointment or office(person),
            "nonce": f"nonce-{name}", "below": below, "examined": examined, "reason": reason, "delegation": delegation,
            "rules": "f1-1" if "report" in subject else None,
        } | self.changes.pop(f"before {name}", {})  # fmt: skip
        signature = statement_digest(**said)
        held = self.held(name, key or person, signature, said["nonce"])
        event = {each: said[each] for each in said if each not in ("rules", "decision")}
        more = {"person": ident(person), "on_behalf_of": on_behalf_of, "signature": signature, "revision": 1}
        return self.add(name, type_name, {**event, **subject, **more, "held": held}) | {"signature": signature}

    def enrolled(self, name: str) -> dict[str, Any]:
        """How a person's enrolment differs from that of a key file."""
        return {}

    def held(self, name: str, key: str, signature: str, nonce: str) -> dict[str, Any]:
        """What a person's key makes of a statement; other ways of signing take its place."""
        made = private_key(key).sign(bytes.fromhex(signature))
        return {"method": "ed25519", "credential": credential(key), "signature": base64url(made)}

    def disputed(self, person: str = "reviewer", **changes: Any) -> None:
        dispute = {
            "dispute": ident("dispute"), "credential": credential(person), "person": ident(person),
            "since": instant_text(START), "statement": "1" * 64,
        }  # fmt: skip
        self.add("dispute", "SignatureDisputed", dispute | changes)

    def resolved(self, outcome: str, person: str = "reviewer", **changes: Any) -> None:
        resolution = {
            "dispute": ident("dispute"), "credential": credential(person), "person": ident(person), "outcome": outcome,
            "by": ident("discipline"), "appointment": office("discipline"), "reason": "2" * 64,
        }  # fmt: skip
        self.add("resolve", "DisputeResolved", resolution | changes)
