"""The scenario's signatures verified again, straight over raw entries: by ``domain.evidence`` and nothing else."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.evidence.held_signature import EnrolledKey, verify_held
from domain.evidence.statement import statement_digest
from domain.evidence.strict import base64url

DECISIONS = {
    "ZeroAttested": "attest_zero",
    "ReportSigned": "sign",
    "ReportReturned": "return",
    "SignatureRefused": "refuse",
    "RollupSigned": "sign",
    "RollupReturned": "return",
}
SAID = ("digest", "level", "appointment", "nonce", "below", "examined", "reason", "delegation")


@dataclass
class Verified:
    """How many signatures of each event type verified, by whom, and how large their batches were."""

    types: Counter[str] = field(default_factory=Counter)
    batches: Counter[int] = field(default_factory=Counter)
    examined: Counter[str | None] = field(default_factory=Counter)
    signers: set[str] = field(default_factory=set)


def verify_signatures(entries: Iterable[bytes], origin: str) -> Verified:
    """Every decision of the entries is signed by an enrolled key of who decided. Raises EvidenceError, KeyError."""
    verified, rules = Verified(), {}
    keys: dict[str, EnrolledKey] = {}
    holders: dict[str, str] = {}
    for each in map(json.loads, entries):
        payload = each["payload"]
        if each["type"] == "DutyOpened":
            rules[payload["report"]] = payload["rules"]
        elif each["type"] == "CredentialEnrolled":
            public = base64url("public_key", payload["public_key"])
            key = EnrolledKey(method=payload["method"], public_key=public, algorithm=payload["algorithm"])
            keys[key.credential], holders[key.credential] = key, payload["person"]
        elif each["type"] in DECISIONS:
            held = payload["held"]
            said = {name: payload[name] for name in SAID if name in payload}
            said |= {"origin": origin, "decision": DECISIONS[each["type"]]} | ({} if "level" in said else {"level": 0})
            if "report" in payload:
                said["rules"] = rules[payload["report"]]
            statement = statement_digest(said)
            assert statement == payload["signature"]
            assert holders[held["credential"]] == payload["person"] == each["actor"]["person"]
            verify_held(
                held,
                key=keys[held["credential"]],
                statement=statement,
                origin=origin,
                nonce=payload["nonce"],
                signer=payload["person"],
            )
            verified.types[each["type"]] += 1
            verified.examined[payload.get("examined")] += 1
            verified.batches[held["batch"]["size"] if "batch" in held else 1] += 1
            verified.signers.add(payload["person"])
    return verified
