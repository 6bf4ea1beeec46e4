"""What is signed: digests of reports and roll-ups. What a signature says about one is a statement of evidence.

Each holds the log's origin, so that nothing signed for a demo counts elsewhere. A value that is absent stays absent.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from domain.evidence.canonical_json import CanonicalError, canonical_json
from domain.evidence.digest import content_digest, merkle_root
from domain.ledger.errors import FormatError
from domain.reporting.events import Content, RollupBuilt


def report_digest(*, origin: str, report: str, revision: int, form: str, form_version: int, content: Content) -> str:
    """The digest of one revision of a report. Raises FormatError for content without canonical form."""
    return _digest(
        "report",
        {
            "origin": origin,
            "report": report,
            "revision": revision,
            "form": form,
            "form_version": form_version,
            # Instants stay instants, so that canonical JSON writes them as it does in the entry: the digest is computed
            # again from stored bytes, which know no offset.
            "content": msgspec.to_builtins(content, builtin_types=(datetime, date)),
        },
    )


def rollup_root(children: Iterable[tuple[str, ...]]) -> str:
    """The Merkle root over children ``(organisation, digest, signature)``, sorted by organisation, as 64 hex digits.

    A child without the signature below is ``(organisation, digest)``.
    """
    return merkle_root([canonical_json(list(child)) for child in sorted(children)]).hex()


def rollup_digest(origin: str, rollup: RollupBuilt) -> str:
    """The digest of a roll-up: of everything its event says, but for the digest itself."""
    said = msgspec.to_builtins(rollup)
    said.pop("digest", None)
    return _digest("rollup", {"origin": origin, **said})


def _digest(kind: str, content: Mapping[str, Any]) -> str:
    try:
        return content_digest(kind, content)
    except CanonicalError as error:
        raise FormatError(error.path, error.rule) from error
