"""Bureau, sections, districts and sites: what is entered, what is refused, and what holds on which day."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.registry.close_site import CloseSite
from domain.registry.declare_roster import DeclareRoster
from domain.registry.errors import (
    AlreadyClosed,
    AlreadyExempt,
    AlreadySuspended,
    BureauOnlyFounded,
    ClassRepeated,
    EmptyInterval,
    HeirUnfit,
    NotAppointed,
    NotASite,
    NotInDayOrder,
    NotSuspended,
    NotYetOpened,
    OrganisationCodeTaken,
    OrganisationTaken,
    OrganisationUnknown,
    RegistryNotEmpty,
    SameDistrict,
    StandsAsHeir,
    WrongOrganisation,
    WrongParent,
    WrongRole,
)
from domain.registry.events import (
    Appointed,
    BureauFounded,
    ClassRoster,
    OrganisationKind,
    PersonRegistered,
    Role,
    RosterDeclared,
    SiteClosed,
    SiteMerged,
    SiteMoved,
    SiteResumed,
    SiteSuspended,
    SmallSiteExempted,
)
from domain.registry.exempt_small_site import ExemptSmallSite
from domain.registry.found_bureau import FoundBureau
from domain.registry.merge_site import MergeSite
from domain.registry.move_site import MoveSite
from domain.registry.organisation import OrganisationState
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.resume_site import ResumeSite
from domain.registry.suspend_site import SuspendSite
from tests.domain.registry.town import (
    AS_NOBODY,
    AS_PRINCIPAL,
    AS_REGISTRAR,
    AS_REVIEWER,
    AT,
    BUREAU,
    DAY,
    FAR,
    MICRO,
    NEW,
    NORTH,
    NURSERY,
    OTHER,
    REGISTRAR,
    REGISTRAR_OFFICE,
    SCHOOL,
    SEALED,
    SOUTH,
    TODAY,
    TOWN,
    organisation,
    uuid,
    when,
)
from tests.given_when_then import given

TOMORROW, YESTERDAY = TODAY + timedelta(1), TODAY - timedelta(1)


def found(**changes: Any) -> FoundBureau:
    return FoundBureau(
        **{
            "bureau": BUREAU,
            "name": "教育局",
            "registrar_person": REGISTRAR,
            "registrar_code": "P101",
            "registrar_name": SEALED,
            "appointment": REGISTRAR_OFFICE,
            "at": AT,
            **changes,
        }
    )


def test_the_bureau_is_founded_with_its_first_registrar() -> None:
    given().when(found()).then(
        BureauFounded(bureau=BUREAU, name="教育局"),
        PersonRegistered(person=REGISTRAR, code="P101", name=SEALED),
        Appointed(
            appointment=REGISTRAR_OFFICE, person=REGISTRAR, role=Role.REGISTRAR, organisation=BUREAU, valid_from=AT
        ),
    )


def test_a_bureau_is_founded_once() -> None:
    when(found(bureau=NEW)).refuses_with(RegistryNotEmpty, bureau=BUREAU)


@pytest.mark.parametrize("changes", [{"name": ""}, {"name": " 局"}, {"name": "一\n二"}, {"registrar_code": "a b"}])
def test_names_are_one_line_and_codes_fit_a_tag(changes: dict[str, str]) -> None:
    given().when(found(**changes)).refuses_with(Invalid)


def register(**changes: Any) -> RegisterOrganisation:
    return RegisterOrganisation(
        **{
            "acting": AS_REGISTRAR,
            "organisation": NEW,
            "kind": OrganisationKind.PRIMARY,
            "code": "P02",
            "name": "单位P02",
            "parent": NORTH,
            "opened_on": date(2010, 9, 1),
            "public": True,
            **changes,
        }
    )


def test_an_organisation_is_registered_under_its_parent() -> None:
    when(register()).then(organisation(NEW, OrganisationKind.PRIMARY, "P02", NORTH))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"acting": AS_PRINCIPAL}, WrongRole),
        ({"acting": AS_NOBODY}, NotAppointed),
        ({"kind": OrganisationKind.BUREAU}, BureauOnlyFounded),
        ({"organisation": SCHOOL}, OrganisationTaken),
        ({"code": "K01"}, OrganisationCodeTaken),
        ({"parent": OTHER}, OrganisationUnknown),
        ({"parent": BUREAU}, WrongParent),
        ({"parent": SCHOOL}, WrongParent),
        ({"kind": OrganisationKind.DISTRICT}, WrongParent),
        ({"opened_on": date(2010, 8, 31)}, NotYetOpened),
        ({"code": "P 02"}, Invalid),
        ({"code": ""}, Invalid),
        ({"name": "x" * 201}, Invalid),
    ],
)
def test_registration_is_refused(changes: dict[str, Any], refusal: Any) -> None:
    when(register(**changes)).refuses_with(refusal)


def test_the_office_of_the_registrar_bounds_the_append() -> None:
    command = register()
    when(command).records()
    assert command.recorded_before is None
    command = DeclareRoster(acting=AS_PRINCIPAL, organisation=SCHOOL, as_of=TODAY, staff=3, classes=())
    when(command).records()
    assert command.recorded_before == AT + 30 * DAY


CLASS = ClassRoster(class_id="1A", grade=1, students=40)


def roster(**changes: Any) -> DeclareRoster:
    return DeclareRoster(
        **{
            "acting": AS_REGISTRAR,
            "organisation": SCHOOL,
            "as_of": TODAY,
            "staff": 9,
            "classes": (CLASS,),
            **changes,
        }
    )


@pytest.mark.parametrize("acting", [AS_REGISTRAR, AS_PRINCIPAL])
def test_registrar_and_own_principal_declare_the_roster(acting: Any) -> None:
    when(roster(acting=acting)).then(RosterDeclared(organisation=SCHOOL, as_of=TODAY, staff=9, classes=(CLASS,)))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"acting": AS_REVIEWER}, WrongRole),
        ({"acting": AS_PRINCIPAL, "organisation": NURSERY}, WrongOrganisation),
        ({"organisation": NORTH}, NotASite),
        ({"organisation": OTHER}, OrganisationUnknown),
        ({"as_of": date(2010, 8, 31)}, NotYetOpened),
        ({"classes": (CLASS, CLASS)}, ClassRepeated),
        ({"staff": -1}, Invalid),
        ({"classes": (ClassRoster(class_id="1A", grade=13, students=1),)}, Invalid),
        ({"classes": (ClassRoster(class_id="1A", grade=1, students=-1),)}, Invalid),
        ({"classes": (ClassRoster(class_id="", grade=1, students=1),)}, Invalid),
    ],
)
def test_a_roster_is_refused(changes: dict[str, Any], refusal: Any) -> None:
    when(roster(**changes)).refuses_with(refusal)


SUSPENDED = SiteSuspended(organisation=SCHOOL, suspended_on=YESTERDAY)
RESUMED = SiteResumed(organisation=SCHOOL, resumed_on=TOMORROW)


def suspend(day: date = TODAY, site: str = SCHOOL) -> SuspendSite:
    return SuspendSite(acting=AS_REGISTRAR, organisation=site, suspended_on=day)


def resume(day: date = TOMORROW, site: str = SCHOOL) -> ResumeSite:
    return ResumeSite(acting=AS_REGISTRAR, organisation=site, resumed_on=day)


def test_a_site_is_suspended_and_resumes_and_is_suspended_again() -> None:
    when(suspend(YESTERDAY)).then(SUSPENDED)
    when(resume(), SUSPENDED).then(RESUMED)
    when(suspend(TOMORROW), SUSPENDED, RESUMED).then(SiteSuspended(organisation=SCHOOL, suspended_on=TOMORROW))


def test_suspension_is_refused() -> None:
    when(suspend(site=NORTH)).refuses_with(NotASite)
    when(suspend(), SUSPENDED).refuses_with(AlreadySuspended)
    when(suspend(TODAY), SUSPENDED, RESUMED).refuses_with(NotInDayOrder)
    when(suspend(date(2010, 8, 31))).refuses_with(NotYetOpened)
    when(SuspendSite(acting=AS_PRINCIPAL, organisation=SCHOOL, suspended_on=TODAY)).refuses_with(WrongRole)


def test_resumption_is_refused() -> None:
    when(resume()).refuses_with(NotSuspended)
    when(resume(YESTERDAY), SUSPENDED).refuses_with(NotSuspended)
    when(resume(TOMORROW + timedelta(1)), SUSPENDED, RESUMED).refuses_with(NotSuspended)
    when(ResumeSite(acting=AS_PRINCIPAL, organisation=SCHOOL, resumed_on=TODAY)).refuses_with(WrongRole)


def close(day: date = TOMORROW, site: str = SCHOOL, heir: str = NURSERY, acting: Any = AS_REGISTRAR) -> Command:
    return CloseSite(acting=acting, organisation=site, closed_on=day, heir=heir)


def merge(day: date = TOMORROW, site: str = SCHOOL, heir: str = NURSERY, acting: Any = AS_REGISTRAR) -> Command:
    return MergeSite(acting=acting, organisation=site, merged_on=day, into=heir)


CLOSED = SiteClosed(organisation=SCHOOL, closed_on=TOMORROW, heir=NURSERY)
MERGED = SiteMerged(organisation=SCHOOL, merged_on=TOMORROW, into=NURSERY)
MOVED = SiteMoved(organisation=SCHOOL, from_parent=NORTH, to_parent=SOUTH, moved_on=TODAY)


@pytest.mark.parametrize("ending", [close, merge])
def test_an_end_is_refused(ending: Callable[..., Command]) -> None:
    when(ending(acting=AS_REVIEWER)).refuses_with(WrongRole)
    when(ending(site=NORTH)).refuses_with(NotASite)
    when(ending(site=OTHER)).refuses_with(OrganisationUnknown)
    when(ending(date(2010, 8, 31))).refuses_with(NotYetOpened)
    when(ending(heir=SCHOOL)).refuses_with(HeirUnfit)
    when(ending(heir=NORTH)).refuses_with(HeirUnfit)
    when(ending(heir=OTHER)).refuses_with(OrganisationUnknown)
    opens_later = organisation(uuid(14), OrganisationKind.PRIMARY, "P14", NORTH, TOMORROW + timedelta(1))
    when(ending(heir=uuid(14)), opens_later).refuses_with(HeirUnfit)
    for end in (CLOSED, MERGED):
        when(ending(TODAY), end).refuses_with(AlreadyClosed)
        when(ending(TOMORROW), end).refuses_with(AlreadyClosed)
        when(ending(TODAY, site=NURSERY, heir=SCHOOL), end).refuses_with(StandsAsHeir)
        when(ending(TOMORROW, site=NURSERY, heir=FAR), end).refuses_with(StandsAsHeir)
        when(ending(TOMORROW, site=FAR, heir=SCHOOL), end).refuses_with(HeirUnfit)
    when(ending(YESTERDAY), MOVED).refuses_with(NotInDayOrder)


def test_an_heir_may_close_after_it_has_inherited_and_leaves_it_all_to_the_next() -> None:
    after = TOMORROW + timedelta(1)
    third = organisation(uuid(14), OrganisationKind.PRIMARY, "P14", NORTH)
    when(close(after, site=NURSERY, heir=uuid(14)), CLOSED, third).then(
        SiteClosed(organisation=NURSERY, closed_on=after, heir=uuid(14))
    )


@pytest.mark.parametrize(
    "command",
    [
        suspend(TOMORROW),
        resume(TOMORROW),
        MoveSite(acting=AS_REGISTRAR, organisation=SCHOOL, to_parent=SOUTH, moved_on=TOMORROW),
        roster(as_of=TOMORROW),
    ],
    ids=lambda command: command.name,
)
def test_a_closed_site_stays_closed(command: Command) -> None:
    when(command, CLOSED).refuses_with(AlreadyClosed, closed_on=TOMORROW.isoformat())


def move(day: date = TODAY, site: str = SCHOOL, to: str = SOUTH, acting: Any = AS_REGISTRAR) -> MoveSite:
    return MoveSite(acting=acting, organisation=site, to_parent=to, moved_on=day)


def test_a_site_moves_to_another_district() -> None:
    when(move()).then(MOVED)
    when(move(TOMORROW, to=NORTH), MOVED).then(
        SiteMoved(organisation=SCHOOL, from_parent=SOUTH, to_parent=NORTH, moved_on=TOMORROW)
    )


def test_a_move_is_refused() -> None:
    when(move(acting=AS_REVIEWER)).refuses_with(WrongRole)
    when(move(to=NORTH)).refuses_with(SameDistrict)
    when(move(to=BUREAU)).refuses_with(WrongParent)
    when(move(to=OTHER)).refuses_with(OrganisationUnknown)
    when(move(site=NORTH)).refuses_with(NotASite)
    when(move(date(2010, 8, 31))).refuses_with(NotYetOpened)
    when(move(TODAY, to=NORTH), MOVED).refuses_with(NotInDayOrder)


EXEMPT = SmallSiteExempted(organisation=NURSERY, valid_from=AT, valid_to=AT + DAY, reason=SEALED)


def exempt(**changes: Any) -> ExemptSmallSite:
    return ExemptSmallSite(
        **{
            "acting": AS_REGISTRAR,
            "organisation": NURSERY,
            "valid_from": AT,
            "valid_to": AT + DAY,
            "reason": SEALED,
            **changes,
        }
    )


def test_a_small_site_is_exempted_for_an_interval() -> None:
    when(exempt()).then(EXEMPT)
    when(exempt(valid_from=AT + DAY, valid_to=None), EXEMPT).records()


def test_an_exemption_is_refused() -> None:
    when(exempt(acting=AS_PRINCIPAL)).refuses_with(WrongRole)
    when(exempt(valid_to=AT)).refuses_with(EmptyInterval)
    when(exempt(organisation=NORTH)).refuses_with(NotASite)
    when(exempt(valid_from=AT + DAY - MICRO, valid_to=None), EXEMPT).refuses_with(AlreadyExempt)
    when(exempt(organisation=SCHOOL, valid_from=AT + DAY, valid_to=None), CLOSED).refuses_with(AlreadyClosed)


def state(site: str, *also: Any) -> OrganisationState:
    looking = OrganisationState(site)
    for each in (*TOWN, *also):
        each.mutate(looking)
    return looking


def test_a_site_owes_while_it_is_open_and_not_suspended() -> None:
    school = state(
        SCHOOL, SUSPENDED, RESUMED, SiteClosed(organisation=SCHOOL, closed_on=date(2020, 3, 1), heir=NURSERY)
    )
    days = [YESTERDAY - timedelta(1), YESTERDAY, TODAY, TOMORROW, date(2020, 2, 29), date(2020, 3, 1)]
    assert [school.owes_on(day) for day in days] == [True, False, False, True, True, False]
    assert not school.owes_on(date(2010, 8, 31))
    assert school.heir == NURSERY
    assert state(NURSERY, CLOSED).owes_on(TOMORROW)
    assert not state(NORTH).owes_on(TODAY)
    assert not state(OTHER).owes_on(TODAY)


def test_a_site_belongs_to_the_district_of_the_day() -> None:
    school = state(SCHOOL, MOVED)
    assert [school.parent_on(day) for day in (date(2010, 8, 31), YESTERDAY, TODAY)] == [None, NORTH, SOUTH]


def test_the_newest_roster_as_of_a_day_counts() -> None:
    def declared(day: date, staff: int) -> RosterDeclared:
        return RosterDeclared(organisation=SCHOOL, as_of=day, staff=staff, classes=(CLASS, CLASS))

    school = state(SCHOOL, declared(TODAY, 5), declared(YESTERDAY, 4), declared(TODAY, 6))
    assert school.roster_on(YESTERDAY - timedelta(1)) is None
    today, yesterday = school.roster_on(TOMORROW), school.roster_on(YESTERDAY)
    assert today is not None
    assert yesterday is not None
    assert (yesterday.staff, today.staff, today.students) == (4, 6, 80)


def test_an_exemption_holds_at_its_begin_and_no_longer_at_its_end() -> None:
    nursery = state(NURSERY, EXEMPT)
    instants = (AT - MICRO, AT, AT + DAY - MICRO, AT + DAY)
    assert [nursery.small_site_exempt_at(each) for each in instants] == [False, True, True, False]


def test_exemptions_that_adjoin_end_together() -> None:
    adjoining = SmallSiteExempted(organisation=NURSERY, valid_from=AT + DAY, valid_to=AT + 2 * DAY, reason=SEALED)
    apart = SmallSiteExempted(organisation=NURSERY, valid_from=AT + 3 * DAY, valid_to=None, reason=SEALED)
    nursery = state(NURSERY, apart, adjoining, EXEMPT)
    ends = [nursery.small_site_exempt_until(each) for each in (AT, AT + DAY, AT + 3 * DAY)]
    assert ends == [AT + 2 * DAY, AT + 2 * DAY, None]
