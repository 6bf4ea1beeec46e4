"""Organisations: every one ever entered, with its names, kinds, parents and valid intervals. Folded from the registry.

Days are half-open: a parent holds from its day until the next one's; a site is gone from ``closed_on`` on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from adapters.postgres.view import Connection, View, read
from domain.ledger.entry import Recorded
from domain.ledger.event import Event
from domain.registry import events as facts
from domain.registry.events import SITE_KINDS, ClassRoster, OrganisationKind

NAME: Final = "organisations"

# The folds that a batch touches; primary key.
TOUCHED = "SELECT state FROM views.organisation WHERE generation = $1 AND organisation = ANY ($2::text[])"

# Rows, new or changed, as one JSON array; primary key.
WRITE = """
INSERT INTO views.organisation SELECT * FROM json_populate_recordset(NULL::views.organisation, $1::json)
ON CONFLICT (generation, organisation) DO UPDATE SET
    parent = excluded.parent, closed_on = excluded.closed_on, heir = excluded.heir, suspended = excluded.suspended,
    staff = excluded.staff, students = excluded.students, position = excluded.position, state = excluded.state
"""

# A generation's rows; primary key.
CLEAR = "DELETE FROM views.organisation WHERE generation = $1"

# The organisations whose rows differ between two generations; any index, all lead with generation.
DIFFERENCES = """
SELECT coalesce(one.organisation, other.organisation),
       to_jsonb(one.whole) - 'generation', to_jsonb(other.whole) - 'generation'
FROM (SELECT organisation, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.organisation AS each WHERE generation = $1) AS one
FULL JOIN
     (SELECT organisation, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.organisation AS each WHERE generation = $2) AS other
    ON one.organisation = other.organisation
WHERE one.content IS DISTINCT FROM other.content
ORDER BY 1 LIMIT 100
"""

# Organisations, perhaps of some kinds or below one parent, by id, page by page; primary key (a few hundred in all).
ORGANISATIONS = """
SELECT position, state FROM views.organisation
WHERE generation = views.live('organisations') AND organisation > $1
  AND ($2::text[] IS NULL OR kind = ANY ($2)) AND ($3::text IS NULL OR parent = $3)
ORDER BY organisation LIMIT $4
"""

# One organisation; primary key.
ORGANISATION = """
SELECT position, state FROM views.organisation WHERE generation = views.live('organisations') AND organisation = $1
"""


class Since(msgspec.Struct, frozen=True):
    """A parent, from a day on."""

    parent: str
    valid_from: date


class Suspension(msgspec.Struct, frozen=True, omit_defaults=True):
    """A site's work was suspended, perhaps until a day."""

    suspended_on: date
    resumed_on: date | None = None


class RosterRow(msgspec.Struct, frozen=True):
    """Staff and classes as of a day."""

    as_of: date
    staff: int
    classes: tuple[ClassRoster, ...]

    @property
    def students(self) -> int:
        """The students of all classes."""
        return sum(each.students for each in self.classes)


class OrganisationFold(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the registry recorded about one organisation so far."""

    organisation: str
    kind: OrganisationKind
    name: str
    code: str | None = None
    public: bool | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    heir: str | None = None
    parents: tuple[Since, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    rosters: tuple[RosterRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    """One organisation. ``parents`` are ordered by day; the bureau has none. The newest roster by day counts."""

    organisation: str
    kind: OrganisationKind
    name: str
    code: str | None
    public: bool | None
    opened_on: date | None
    closed_on: date | None
    heir: str | None
    parents: tuple[Since, ...]
    suspensions: tuple[Suspension, ...]
    roster: RosterRow | None
    position: int

    def parent_on(self, day: date) -> str | None:
        """The parent that held on a day."""
        return next((each.parent for each in reversed(self.parents) if each.valid_from <= day), None)

    def is_open_on(self, day: date) -> bool:
        """Whether it existed on a day, suspended or not."""
        return (self.opened_on is None or self.opened_on <= day) and (self.closed_on is None or day < self.closed_on)

    def owes_on(self, day: date) -> bool:
        """Whether it can owe a report for a day, as ``OrganisationState.owes_on`` decides it."""
        suspended = any(
            each.suspended_on <= day and (each.resumed_on is None or day < each.resumed_on) for each in self.suspensions
        )
        return self.kind in SITE_KINDS and self.is_open_on(day) and not suspended

    @property
    def parent(self) -> str | None:
        """The latest parent."""
        return self.parents[-1].parent if self.parents else None


async def fetch_organisations(
    connection: Connection,
    *,
    kinds: frozenset[OrganisationKind] | None = None,
    parent: str | None = None,
    after: str = "",
    limit: int = 1000,
) -> list[OrganisationRow]:
    """Organisations by id, after one, at most ``limit``."""
    wanted = None if kinds is None else [each.value for each in sorted(kinds)]
    return [organisation_row(*row) for row in await read(connection, ORGANISATIONS, after, wanted, parent, limit)]


async def fetch_organisation(connection: Connection, organisation: str) -> OrganisationRow | None:
    """One organisation, or None."""
    rows = await read(connection, ORGANISATION, organisation)
    return organisation_row(*rows[0]) if rows else None


def organisation_row(position: int, state: str) -> OrganisationRow:
    """An organisation of its two columns ``position`` and ``state``."""
    fold = _STATE.decode(state)
    return OrganisationRow(
        organisation=fold.organisation,
        kind=fold.kind,
        name=fold.name,
        code=fold.code,
        public=fold.public,
        opened_on=fold.opened_on,
        closed_on=fold.closed_on,
        heir=fold.heir,
        parents=fold.parents,
        suspensions=fold.suspensions,
        roster=fold.rosters[-1] if fold.rosters else None,
        position=position,
    )


_STATE: Final = msgspec.json.Decoder(OrganisationFold)
_ENCODE: Final = msgspec.json.Encoder().encode
Folds = dict[str, OrganisationFold]


def _founded(folds: Folds, event: facts.BureauFounded) -> str:
    folds[event.bureau] = OrganisationFold(organisation=event.bureau, kind=OrganisationKind.BUREAU, name=event.name)
    return event.bureau


def _registered(folds: Folds, event: facts.OrganisationRegistered) -> str:
    folds[event.organisation] = OrganisationFold(
        organisation=event.organisation,
        kind=event.kind,
        name=event.name,
        code=event.code,
        public=event.public,
        opened_on=event.opened_on,
        parents=(Since(event.parent, event.opened_on),),
    )
    return event.organisation


def _roster(folds: Folds, event: facts.RosterDeclared) -> str:
    fold = folds[event.organisation]
    others = (each for each in fold.rosters if each.as_of != event.as_of)
    declared = RosterRow(event.as_of, event.staff, event.classes)
    fold.rosters = tuple(sorted((*others, declared), key=lambda each: each.as_of))
    return event.organisation


def _suspended(folds: Folds, event: facts.SiteSuspended) -> str:
    fold = folds[event.organisation]
    fold.suspensions = (*fold.suspensions, Suspension(event.suspended_on))
    return event.organisation


def _resumed(folds: Folds, event: facts.SiteResumed) -> str:
    fold = folds[event.organisation]
    ended = tuple(
        Suspension(each.suspended_on, event.resumed_on) if each.resumed_on is None else each
        for each in fold.suspensions
    )
    fold.suspensions = ended
    return event.organisation


def _closed(folds: Folds, event: facts.SiteClosed) -> str:
    fold = folds[event.organisation]
    fold.closed_on, fold.heir = event.closed_on, event.heir
    return event.organisation


def _abolished(folds: Folds, event: facts.OrganisationAbolished) -> str:
    folds[event.organisation].closed_on = event.abolished_on
    return event.organisation


def _merged(folds: Folds, event: facts.SiteMerged) -> str:
    fold = folds[event.organisation]
    fold.closed_on, fold.heir = event.merged_on, event.into
    return event.organisation


def _moved(folds: Folds, event: facts.SiteMoved) -> str:
    fold = folds[event.organisation]
    fold.parents = tuple(
        sorted((*fold.parents, Since(event.to_parent, event.moved_on)), key=lambda each: each.valid_from)
    )
    return event.organisation


_FOLDS: Final[dict[type[Event], Callable[[Folds, Any], str]]] = {
    facts.BureauFounded: _founded,
    facts.OrganisationRegistered: _registered,
    facts.RosterDeclared: _roster,
    facts.SiteSuspended: _suspended,
    facts.SiteResumed: _resumed,
    facts.SiteClosed: _closed,
    facts.SiteMerged: _merged,
    facts.SiteMoved: _moved,
    facts.OrganisationAbolished: _abolished,
}


async def project(connection: Connection, generation: int, batch: Sequence[Recorded]) -> None:
    """Fold a batch into one generation. The caller owns the transaction."""
    relevant = [recorded for recorded in batch if type(recorded.event) in _FOLDS]
    names = [
        recorded.event.bureau if isinstance(recorded.event, facts.BureauFounded) else getattr(recorded.event, SUBJECT)
        for recorded in relevant
    ]
    rows = await connection.fetch(TOUCHED, generation, sorted(set(names)))
    folds = {fold.organisation: fold for fold in (_STATE.decode(row["state"]) for row in rows)}
    touched: dict[str, int] = {}
    for recorded in relevant:
        touched[_FOLDS[type(recorded.event)](folds, recorded.event)] = recorded.position
    if touched:
        stored = [_stored(generation, folds[name], position) for name, position in sorted(touched.items())]
        await connection.execute(WRITE, _ENCODE(stored).decode())


SUBJECT: Final = "organisation"


def _stored(generation: int, fold: OrganisationFold, position: int) -> dict[str, object]:
    roster = fold.rosters[-1] if fold.rosters else None
    return {
        "generation": generation,
        "organisation": fold.organisation,
        "kind": fold.kind,
        "code": fold.code,
        "name": fold.name,
        "parent": fold.parents[-1].parent if fold.parents else None,
        "public": fold.public,
        "opened_on": fold.opened_on,
        "closed_on": fold.closed_on,
        "heir": fold.heir,
        "suspended": any(each.resumed_on is None for each in fold.suspensions),
        "staff": None if roster is None else roster.staff,
        "students": None if roster is None else roster.students,
        "position": position,
        "state": fold,
    }


VIEW: Final = View(
    name=NAME,
    version=1,
    types=frozenset(_FOLDS),
    project=project,
    clear=CLEAR,
    differences=DIFFERENCES,
)
