"""Entries on which a verdict rests, in a version that is not known here: what they say could undo any signature."""

from collections.abc import Iterable, Iterator
from typing import Final

from domain.evidence import authority, credentials, decisions, exemptions
from domain.evidence.entry import Entry
from domain.evidence.verdict import Finding, Reason, Unproved

READ: Final = frozenset(
    {
        *authority.TYPES,
        *credentials.TYPES,
        *decisions.DECISIONS,
        *decisions.CONTENTS,
        *decisions.VOIDING,
        *decisions.DUTIES,
        *exemptions.TYPES,
        "LogContinued",
        "OrganisationRegistered",
    }
)
KNOWN: Final = 1


def unread_findings(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Not checked, for every entry of these types in another version."""
    for each in entries:
        if each.type in READ and each.version != KNOWN:
            yield Unproved.not_checked(Reason.VERSION_UNKNOWN, version=str(each.version)).finding(each.position)
