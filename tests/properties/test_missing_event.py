"""One event left out moves exactly the rows that stand beside it here, and no other."""

from datetime import date, timedelta

from adapters.postgres.views.article_facts import FACTS
from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.registry import events as registry
from domain.registry.events import ClassRoster, Level, OrganisationKind
from domain.reporting import events as reporting
from tests.histories import COMMITMENT, History, Site, corrected, digest, duty, submitted
from tests.properties.test_figures import opened, rebuilt_figures

DAY = date(2020, 2, 3)
SCHOOL = Site("school", "district", OrganisationKind.PRIMARY)
ILL = Site("ill", "district", OrganisationKind.JUNIOR)
BACK = Site("back", "district", OrganisationKind.SENIOR)
AWAY = Site("away", "district", OrganisationKind.SENIOR)


def registered(name: str, kind: OrganisationKind, parent: str = "bureau") -> Event:
    return registry.OrganisationRegistered(
        organisation=name, kind=kind, code=name, name=name, parent=parent, opened_on=date(2001, 9, 1), public=True
    )


def roster(name: str, people: int, as_of: date = date(2020, 1, 20)) -> Event:
    classes = (ClassRoster(class_id="1", grade=1, students=people - 1),)
    return registry.RosterDeclared(organisation=name, as_of=as_of, staff=1, classes=classes)


def group(name: str, level: Level) -> Event:
    return registry.GroupFormed(group=name, level=level, formed_by="bureau", covers=("school",), purpose="dissuasion")


def force(name: str, level: Level) -> Event:
    return registry.TaskForceFormed(task_force=name, level=level, formed_by="bureau", covers=("bureau",), name=name)


def rules(name: str, effective_from: date) -> Event:
    return reporting.RulesAdopted(
        rules=name, form="F1", form_version=1, effective_from=effective_from, deadlines=("15:00", "16:00", "17:00"),
        closes="12:00", closes_after_days=1, calendar=registry.CalendarName.DAILY, owed_by=(OrganisationKind.PRIMARY,),
    )  # fmt: skip


def report(site: Site) -> str:
    return duty(site, DAY).report


# What the town is made of, in order: a name, the event, and the rows of table 1.2 that move when it is left out.
TOWN: list[tuple[str, Event, set[int]]] = [
    ("the bureau", registry.BureauFounded(bureau="bureau", name="教育局"), {6}),
    # Only one school lies in the district, so that each step of its way up is the only one.
    ("the district", registered("district", OrganisationKind.DISTRICT), {6}),
    ("a school", registered("school", OrganisationKind.PRIMARY), {2, 3, 6}),
    ("its move into the district",
     registry.SiteMoved(organisation="school", from_parent="bureau", to_parent="district", moved_on=DAY), {6}),
    ("another school", registered("ill", OrganisationKind.JUNIOR), {2, 3}),
    ("a school without a roster", registered("back", OrganisationKind.SENIOR), {2}),
    ("a kindergarten that closes", registered("closing", OrganisationKind.KINDERGARTEN), set()),
    ("one that is merged", registered("merging", OrganisationKind.KINDERGARTEN), set()),
    ("one that closes tomorrow", registered("tomorrow", OrganisationKind.VOCATIONAL), {2, 3}),
    ("a training institution", registered("training", OrganisationKind.TRAINING), set()),
    ("a section", registered("section", OrganisationKind.SECTION), set()),
    ("a roster that a newer one replaced", roster("school", 900), set()),
    ("the newest roster", roster("school", 1_000, DAY), {3}),
    ("a roster of tomorrow", roster("school", 1_100, DAY + timedelta(1)), set()),
    ("the only roster", roster("ill", 200), {3}),
    ("the roster of a school that closes", roster("closing", 80), set()),
    ("the roster of one that is merged", roster("merging", 70), set()),
    ("the roster of one that closes tomorrow", roster("tomorrow", 60), {3}),
    ("the roster of a training institution", roster("training", 10), set()),
    ("the closing", registry.SiteClosed(organisation="closing", closed_on=DAY, heir="school"), {2, 3}),
    ("the merging", registry.SiteMerged(organisation="merging", merged_on=DAY, into="school"), {2, 3}),
    ("a closing of tomorrow",
     registry.SiteClosed(organisation="tomorrow", closed_on=DAY + timedelta(1), heir="school"), set()),
    ("a task force of the bureau", force("force", Level.BUREAU), {5}),
    ("one of a school", force("force of a school", Level.SCHOOL), set()),
    ("one that was dissolved", force("force that was", Level.BUREAU), set()),
    ("its end", registry.GroupDissolved(group="force that was"), {5}),
    ("a group of the bureau", group("bureau's", Level.BUREAU), {8}),
    ("one that was dissolved too", group("bureau's that was", Level.BUREAU), set()),
    ("the end of that", registry.GroupDissolved(group="bureau's that was"), {8}),
    ("a group of a district", group("district's", Level.DISTRICT), {9, 10}),
    ("a group of a school", group("school's", Level.SCHOOL), {9}),
    ("a group of a school that was dissolved", group("school's that was", Level.SCHOOL), set()),
    ("the end of this", registry.GroupDissolved(group="school's that was"), {9, 10}),
    ("a member", registry.GroupMemberAssigned(group="district's", person="one"), {10}),
    ("a member of two groups", registry.GroupMemberAssigned(group="district's", person="two"), set()),
    ("the same in the other", registry.GroupMemberAssigned(group="school's", person="two"), set()),
    ("a member who left", registry.GroupMemberAssigned(group="school's", person="three"), set()),
    ("who left", registry.GroupMemberReleased(group="school's", person="three"), {10}),
    ("a member of a dissolved group", registry.GroupMemberAssigned(group="school's that was", person="four"), set()),
    ("a member of the bureau's group", registry.GroupMemberAssigned(group="bureau's", person="five"), set()),
    ("rules", rules("rules", DAY), {7}),
    ("rules of tomorrow", rules("rules of tomorrow", DAY + timedelta(1)), set()),
    ("a duty with a report", duty(SCHOOL, DAY), {4}),
    ("a duty with cases", duty(ILL, DAY), {4}),
    ("a duty whose report was withdrawn", duty(BACK, DAY), {4}),
    ("a duty that was lifted", duty(AWAY, DAY), set()),
    ("the lifting", reporting.DutyLifted(report=report(AWAY), district="district", bureau="bureau"), {4}),
    ("a report", submitted(report(SCHOOL), "district"), {4}),
    ("a report that was corrected", submitted(report(ILL), "district", cases=2), set()),
    ("the correction", corrected(report(ILL), "district", 2), {4}),
    ("a report that was withdrawn", submitted(report(BACK), "district", cases=1), set()),
    ("the withdrawal",
     reporting.ReportWithdrawn(report=report(BACK), district="district", revision=1,
                               digest=digest(report(BACK), 1), person="reporter", reason=COMMITMENT), {4}),
    ("the end of a duty", reporting.DutyClosed(report=report(SCHOOL), district="district"), set()),
]  # fmt: skip
EVENING = at_shanghai(DAY, "20:00")


def history(*, without: str | None = None) -> History:
    told = History()
    for number, (name, event, _) in enumerate(TOWN):
        if name != without:
            told.happen(event, EVENING + timedelta(seconds=number))
    return told


async def test_each_event_moves_the_rows_that_stand_beside_it_when_it_is_left_out(dsn: str) -> None:
    instant = EVENING + timedelta(hours=1)
    async with opened(dsn) as pool:
        whole = await rebuilt_figures(pool, history(), instant)
        assert whole == {2: 4, 3: 1_260, 4: (0, 3, 2), 5: 1, 6: 3, 7: 3, 8: 1, 9: 2, 10: 2}
        found = {}
        for name, _, _ in TOWN:
            rest = await rebuilt_figures(pool, history(without=name), instant)
            found[name] = {row for row in whole if whole[row] != rest[row]}
    assert found == {name: rows for name, _, rows in TOWN}


def test_the_town_has_every_type_of_event_that_a_figure_is_made_of() -> None:
    assert {type(event) for _, event, rows in TOWN if rows} == set(FACTS)
    assert len({name for name, *_ in TOWN}) == len(TOWN)
