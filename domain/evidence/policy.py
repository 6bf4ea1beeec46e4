"""The policy: which log is believed, and whose cosignatures a checkpoint needs. Source: C2SP tlog-policy.

One statement a line, its words divided by spaces and tabs and by nothing else; empty lines and lines whose first word
begins with ``#`` say nothing:

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> <k | any | all> <name> ...
    quorum <name | none>

Names are of witnesses or of groups defined further up, each a member once; a public key stands once in the file. A log
that changed its key has a line for each. Stricter than the specification: UTF-8, at least one log, at most 256 names.

The policy is a root of trust: a verifier takes it from its own hands, never from the bundle that it verifies.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.evidence.errors import MalformedError, PolicyError
from domain.evidence.note import COSIGNATURE, ED25519, VerifierKey, parse_vkey
from domain.evidence.strict import decimal, text_lines

NONE: Final = "none"
MAX_NAMES: Final = 256
"""Of witnesses and groups together: a quorum is looked for from group to group."""
# A space of another alphabet is part of a name: two verifiers must not divide one line differently.
_WHITE_SPACE: Final = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Party:
    """A log or a witness: ``url`` is where it is asked, if the file says."""

    key: VerifierKey
    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """At least ``threshold`` of ``members``, which are names of witnesses and groups."""

    threshold: int
    members: tuple[str, ...]


@dataclass(slots=True)
class Policy:
    """A parsed policy. ``quorum`` is the name of a witness or group, or none."""

    logs: list[Party] = field(default_factory=list)
    witnesses: dict[str, Party] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None

    def log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """The keys of the log of an origin, all of which are believed. Raises PolicyError when there is none."""
        keys = tuple(party.key for party in self.logs if party.key.name == origin)
        if not keys:
            raise PolicyError(f"the policy knows no log {origin}")
        return keys

    def require_quorum(self, cosigned: Sequence[VerifierKey]) -> None:
        """Raises PolicyError when these witnesses are not enough."""
        if self.quorum is None:
            return
        keys = {each.public_key for each in cosigned}
        if not self._holds(self.quorum, keys):
            raise PolicyError(f"the quorum {self.quorum} is not reached by {len(keys)} cosignatures")

    def _holds(self, name: str, keys: set[bytes]) -> bool:
        if name in self.witnesses:
            return self.witnesses[name].key.public_key in keys
        group = self.groups[name]
        return sum(self._holds(member, keys) for member in group.members) >= group.threshold


def parse_policy(data: bytes) -> Policy:
    """Raises MalformedError, with the number of the line."""
    policy = Policy()
    quorums: list[str] = []
    for number, line in enumerate(text_lines("policy", data, allowed="\t"), 1):
        words = [word for word in _WHITE_SPACE.split(line) if word]
        if not words or words[0].startswith("#"):
            continue
        add = _STATEMENTS.get(words[0])
        try:
            if add is None:
                raise MalformedError("policy", f"{words[0]} is no statement")
            add(policy, words[1:], quorums)
        except MalformedError as error:
            raise MalformedError(f"policy line {number}", error.rule) from error
    if len(quorums) != 1:
        raise MalformedError("policy", "has exactly one quorum")
    if quorums[0] != NONE:
        policy.quorum = quorums[0]
    if not policy.logs:
        raise MalformedError("policy", "names at least one log")
    return policy


def _log(policy: Policy, words: list[str], _quorums: list[str]) -> None:
    policy.logs.append(_party(policy, words, ED25519))


def _witness(policy: Policy, words: list[str], _quorums: list[str]) -> None:
    name = _new_name(policy, words)
    policy.witnesses[name] = _party(policy, words[1:], COSIGNATURE)


def _group(policy: Policy, words: list[str], _quorums: list[str]) -> None:
    name = _new_name(policy, words)
    members = tuple(words[2:])
    if not members or len(set(members)) != len(members):
        raise MalformedError("group", "has members, each once")
    for member in members:
        if member not in policy.witnesses and member not in policy.groups:
            raise MalformedError("group", f"{member} is not defined above")
        if any(member in group.members for group in policy.groups.values()):
            raise MalformedError("group", f"{member} is a member of another group")
    counts = {"any": 1, "all": len(members)}
    threshold = counts[words[1]] if words[1] in counts else decimal("group", words[1])
    if not 1 <= threshold <= len(members):
        raise MalformedError("group", f"needs 1 to {len(members)} of its members")
    policy.groups[name] = Group(threshold, members)


def _quorum(policy: Policy, words: list[str], quorums: list[str]) -> None:
    if len(words) != 1 or (words[0] != NONE and words[0] not in policy.witnesses and words[0] not in policy.groups):
        raise MalformedError("quorum", "names a witness or group defined above, or none")
    quorums.append(words[0])


def _new_name(policy: Policy, words: list[str]) -> str:
    if len(words) < 2:
        raise MalformedError("name", "is missing, or nothing follows it")
    if words[0] == NONE or words[0] in policy.witnesses or words[0] in policy.groups:
        raise MalformedError("name", f"{words[0]} is taken")
    if len(policy.witnesses) + len(policy.groups) >= MAX_NAMES:
        raise MalformedError("name", f"there are more than {MAX_NAMES}")
    return words[0]


def _party(policy: Policy, words: list[str], key_type: int) -> Party:
    if not 1 <= len(words) <= 2:
        raise MalformedError("key", "a verifier key and perhaps an address")
    key = parse_vkey(words[0])
    if key.key_type != key_type:
        raise MalformedError("key", f"must be of type 0x{key_type:02x}")
    known = [*policy.logs, *policy.witnesses.values()]
    if any(each.key.public_key == key.public_key for each in known):
        # A key under two names would be counted twice towards a quorum.
        raise MalformedError("key", "this public key stands in the file already")
    return Party(key, words[1] if len(words) == 2 else None)


_STATEMENTS: Final[dict[str, Callable[[Policy, list[str], list[str]], None]]] = {
    "log": _log,
    "witness": _witness,
    "group": _group,
    "quorum": _quorum,
}
