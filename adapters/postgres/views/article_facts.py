"""The facts behind the article's figures: one small dated row for each event that can move a figure; only added.

``day`` is the day from which a fact holds, ``due`` the deadline of a duty. A report's ``number`` is its suspected and
confirmed cases; a withdrawn report has none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from adapters.postgres.view import Connection, View
from domain.ledger.entry import Recorded
from domain.ledger.event import Event
from domain.registry import events as registry
from domain.reporting import events as reporting

NAME: Final = "article_figures"
CASE_FIELDS: Final = ("suspected", "confirmed")

# A generation's rows; primary key.
CLEAR = "DELETE FROM views.article_fact WHERE generation = $1"

# The facts that differ between two generations; any index, all lead with generation.
DIFFERENCES = """
SELECT coalesce(one.fact, other.fact) || '@' || coalesce(one.position, other.position),
       to_jsonb(one.whole) - 'generation', to_jsonb(other.whole) - 'generation'
FROM (SELECT fact, position, subject, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.article_fact AS each WHERE generation = $1) AS one
FULL JOIN
     (SELECT fact, position, subject, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.article_fact AS each WHERE generation = $2) AS other
    ON one.fact = other.fact AND one.position = other.position AND one.subject = other.subject
WHERE one.content IS DISTINCT FROM other.content
ORDER BY 1 LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one event says about one subject."""

    fact: str
    subject: str
    detail: str | None = None
    number: int | None = None
    day: date | None = None
    due: datetime | None = None


def _registered(event: registry.OrganisationRegistered) -> tuple[Fact, ...]:
    return (
        Fact("organisation", event.organisation, event.kind.value, day=event.opened_on),
        Fact("parent", event.organisation, event.parent, day=event.opened_on),
    )


def _roster(event: registry.RosterDeclared) -> tuple[Fact, ...]:
    people = event.staff + sum(each.students for each in event.classes)
    return (Fact("roster", event.organisation, number=people, day=event.as_of),)


def _filed(event: reporting.ReportSubmitted | reporting.ReportCorrected) -> tuple[Fact, ...]:
    cases = sum(event.content.counts.get(each, 0) for each in CASE_FIELDS)
    return (Fact("report", event.report, number=cases),)


FACTS: Final[dict[type[Event], Callable[[Any], tuple[Fact, ...]]]] = {
    registry.BureauFounded: lambda event: (Fact("organisation", event.bureau, "bureau"),),
    registry.OrganisationRegistered: _registered,
    registry.SiteMoved: lambda event: (Fact("parent", event.organisation, event.to_parent, day=event.moved_on),),
    registry.SiteClosed: lambda event: (Fact("gone", event.organisation, day=event.closed_on),),
    registry.SiteMerged: lambda event: (Fact("gone", event.organisation, day=event.merged_on),),
    registry.RosterDeclared: _roster,
    registry.TaskForceFormed: lambda event: (Fact("task_force", event.task_force, event.level.value),),
    registry.GroupFormed: lambda event: (Fact("group", event.group, event.level.value),),
    registry.GroupDissolved: lambda event: (Fact("dissolved", event.group),),
    registry.GroupMemberAssigned: lambda event: (Fact("member", event.group, event.person),),
    registry.GroupMemberReleased: lambda event: (Fact("released", event.group, event.person),),
    reporting.RulesAdopted: lambda event: (
        Fact("rules", event.form, number=len(event.deadlines), day=event.effective_from),
    ),
    reporting.DutyOpened: lambda event: (Fact("duty", event.report, day=event.business_date, due=event.due_1),),
    reporting.DutyLifted: lambda event: (Fact("duty", event.report),),
    reporting.ReportSubmitted: _filed,
    reporting.ReportCorrected: _filed,
    reporting.ReportWithdrawn: lambda event: (Fact("report", event.report),),
}


async def project(connection: Connection, generation: int, batch: Sequence[Recorded]) -> None:
    """Add the facts of a batch to one generation. The caller owns the transaction."""
    records = []
    for recorded in batch:
        facts = FACTS.get(type(recorded.event))
        for each in () if facts is None else facts(recorded.event):
            row = (generation, each.fact, recorded.position, each.subject, each.detail, each.number, each.day, each.due)
            records.append((*row, recorded.recorded_at))
    if records:
        await connection.copy_records_to_table("article_fact", schema_name="views", records=records)


VIEW: Final = View(
    name=NAME,
    version=2,
    types=frozenset(FACTS),
    project=project,
    clear=CLEAR,
    differences=DIFFERENCES,
)
