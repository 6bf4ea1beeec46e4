"""What ends, what ends with it, and who must still be there: sites, offices, registrars, exemptions, districts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.ledger.command import Command
from domain.ledger.time import at_shanghai
from domain.registry.abolish_organisation import AbolishOrganisation
from domain.registry.appoint import Appoint
from domain.registry.appoint_acting import AppointActing
from domain.registry.close_site import CloseSite
from domain.registry.declare_roster import DeclareRoster
from domain.registry.end_small_site_exemption import EndSmallSiteExemption
from domain.registry.errors import (
    AlreadyClosed,
    EndsInThePast,
    HeirUnfit,
    LastRegistrar,
    NeverAbolished,
    NotAppointed,
    NotExempt,
    OrganisationUnknown,
    StandsAsHeir,
    StillBelow,
    TooLongAgo,
    WrongRole,
)
from domain.registry.events import (
    Appointed,
    OrganisationAbolished,
    OrganisationKind,
    Relieved,
    Role,
    SiteClosed,
    SiteMerged,
    SiteMoved,
    SiteResumed,
    SiteSuspended,
    SmallSiteExempted,
    SmallSiteExemptionEnded,
)
from domain.registry.exempt_small_site import ExemptSmallSite
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.merge_site import MergeSite
from domain.registry.move_site import MoveSite
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.relieve import Relieve
from domain.registry.suspend_site import SuspendSite
from tests.domain.registry.town import (
    AS_PRINCIPAL,
    AS_REGISTRAR,
    AT,
    BUREAU,
    DAY,
    FAR,
    MICRO,
    NEW,
    NORTH,
    NURSERY,
    OTHER,
    PRINCIPAL,
    PRINCIPAL_OFFICE,
    REGISTRAR,
    REGISTRAR_OFFICE,
    REVIEWER_OFFICE,
    SCHOOL,
    SEALED,
    SECTION,
    SOUTH,
    STRANGER,
    TEACHER,
    TODAY,
    appointed,
    organisation,
    uuid,
    when,
)

TOMORROW, YESTERDAY = TODAY + timedelta(1), TODAY - timedelta(1)
MIDNIGHT = at_shanghai(TOMORROW, "00:00")
CLOSED = SiteClosed(organisation=SCHOOL, closed_on=TOMORROW, heir=NURSERY)
MERGED = SiteMerged(organisation=SCHOOL, merged_on=TOMORROW, into=NURSERY)


def close(day: date = TOMORROW, site: str = SCHOOL, heir: str = NURSERY) -> Command:
    return CloseSite(acting=AS_REGISTRAR, organisation=site, closed_on=day, heir=heir)


def merge(day: date = TOMORROW, site: str = SCHOOL, heir: str = NURSERY) -> Command:
    return MergeSite(acting=AS_REGISTRAR, organisation=site, merged_on=day, into=heir)


def relieved(appointment: str, holder: str, at: Any, where: str = SCHOOL) -> Relieved:
    return Relieved(appointment=appointment, person=holder, organisation=where, relieved_at=at)


@pytest.mark.parametrize(("ending", "ended"), [(close, CLOSED), (merge, MERGED)])
def test_the_offices_of_a_site_end_with_it(ending: Callable[[], Command], ended: Any) -> None:
    reporter = appointed(NEW, TEACHER, Role.REPORTER, SCHOOL)
    over = appointed(OTHER, STRANGER, Role.REPORTER, SCHOOL, end=MIDNIGHT)
    elsewhere = appointed(uuid(903), STRANGER, Role.REPORTER, NURSERY)
    later = appointed(uuid(904), STRANGER, Role.CLASS_TEACHER, SCHOOL, begin=MIDNIGHT + DAY)
    when(ending(), reporter, over, elsewhere, later).then(
        ended,
        relieved(PRINCIPAL_OFFICE, PRINCIPAL, MIDNIGHT),
        relieved(NEW, TEACHER, MIDNIGHT),
        relieved(uuid(904), STRANGER, MIDNIGHT + DAY),
    )


def test_an_office_whose_end_is_recorded_already_needs_no_other() -> None:
    when(close(), relieved(PRINCIPAL_OFFICE, PRINCIPAL, MIDNIGHT)).then(CLOSED)
    when(close(), relieved(PRINCIPAL_OFFICE, PRINCIPAL, MIDNIGHT + MICRO)).then(
        CLOSED, relieved(PRINCIPAL_OFFICE, PRINCIPAL, MIDNIGHT)
    )


def test_the_offices_of_a_site_that_closed_before_it_was_entered_end_now_and_not_in_the_past() -> None:
    day = TODAY - timedelta(7)
    when(close(day)).then(
        SiteClosed(organisation=SCHOOL, closed_on=day, heir=NURSERY), relieved(PRINCIPAL_OFFICE, PRINCIPAL, AT)
    )


def test_the_principal_of_a_closed_site_does_nothing_any_more() -> None:
    ended = when(close()).records()
    late = replace(AS_PRINCIPAL, at=MIDNIGHT)
    roster = {"organisation": SCHOOL, "as_of": TODAY, "staff": 3, "classes": ()}
    when(DeclareRoster(acting=late, **roster), *ended).refuses_with(NotAppointed)
    when(DeclareRoster(acting=replace(late, at=MIDNIGHT - MICRO), **roster), *ended).records()
    delegation = GrantDelegation(
        acting=late,
        delegation=NEW,
        appointment=PRINCIPAL_OFFICE,
        delegate=TEACHER,
        valid_from=MIDNIGHT,
        valid_to=MIDNIGHT + DAY,
    )
    when(delegation, *ended).refuses_with(NotAppointed)


@pytest.mark.parametrize("ended", [CLOSED, MERGED])
def test_nobody_is_appointed_beyond_the_end_of_a_site(ended: Any) -> None:
    def appoint(end: Any) -> Command:
        return Appoint(
            acting=AS_REGISTRAR,
            appointment=NEW,
            person=TEACHER,
            role=Role.REPORTER,
            organisation=SCHOOL,
            valid_from=AT,
            valid_to=end,
        )

    def stand_in(end: Any) -> Command:
        return AppointActing(
            acting=AS_REGISTRAR,
            appointment=NEW,
            person=TEACHER,
            acting_for=PRINCIPAL_OFFICE,
            valid_from=AT,
            valid_to=end,
        )

    for command in (appoint, stand_in):
        when(command(MIDNIGHT), ended).records()
        when(command(MIDNIGHT + MICRO), ended).refuses_with(AlreadyClosed)
    when(appoint(None), ended).refuses_with(AlreadyClosed)


def test_nobody_stands_in_at_a_site_that_is_closed() -> None:
    closed = SiteClosed(organisation=SCHOOL, closed_on=YESTERDAY, heir=NURSERY)
    late = AppointActing(
        acting=AS_REGISTRAR,
        appointment=NEW,
        person=TEACHER,
        acting_for=PRINCIPAL_OFFICE,
        valid_from=AT,
        valid_to=AT + DAY,
    )
    when(late, closed).refuses_with(AlreadyClosed)


@pytest.mark.parametrize("ending", [close, merge])
def test_an_heir_is_at_work_on_the_day_and_has_no_end(ending: Callable[..., Command]) -> None:
    suspended = SiteSuspended(organisation=NURSERY, suspended_on=TODAY)
    when(ending(), suspended).refuses_with(HeirUnfit)
    when(ending(), suspended, SiteResumed(organisation=NURSERY, resumed_on=TOMORROW)).records()
    when(ending(), suspended, SiteResumed(organisation=NURSERY, resumed_on=TOMORROW + timedelta(1))).refuses_with(
        HeirUnfit
    )
    closing = SiteClosed(organisation=NURSERY, closed_on=TODAY + timedelta(30), heir=SCHOOL)
    when(ending(site=uuid(14), heir=NURSERY), another_school(), closing).refuses_with(HeirUnfit)


def another_school() -> Any:
    return organisation(uuid(14), OrganisationKind.PRIMARY, "P14", NORTH)


@pytest.mark.parametrize("ending", [close, merge])
def test_a_training_institution_does_not_answer_for_a_school_but_a_school_for_it(
    ending: Callable[..., Command],
) -> None:
    when(ending(heir=FAR)).refuses_with(HeirUnfit)
    when(ending(site=FAR, heir=SCHOOL)).records()


@pytest.mark.parametrize("ended", [CLOSED, MERGED])
def test_an_heir_is_not_suspended_before_it_has_inherited(ended: Any) -> None:
    def suspend(day: date) -> SuspendSite:
        return SuspendSite(acting=AS_REGISTRAR, organisation=NURSERY, suspended_on=day)

    when(suspend(TODAY), ended).refuses_with(StandsAsHeir)
    when(suspend(TOMORROW), ended).refuses_with(StandsAsHeir)
    when(suspend(TOMORROW + timedelta(1)), ended).records()


def relieve(at: Any = AT + DAY, appointment: str = REGISTRAR_OFFICE) -> Relieve:
    return Relieve(acting=AS_REGISTRAR, appointment=appointment, relieved_at=at)


def registrar(begin: Any = AT, end: Any = None) -> Appointed:
    return appointed(NEW, TEACHER, Role.REGISTRAR, SECTION, begin, end)


def test_the_last_registrar_is_not_relieved() -> None:
    when(relieve()).refuses_with(LastRegistrar)
    when(relieve(), registrar()).then(relieved(REGISTRAR_OFFICE, REGISTRAR, AT + DAY, BUREAU))
    when(relieve(appointment=NEW), registrar()).records()


def test_who_comes_later_has_gone_or_will_go_is_not_the_registrar_that_stays() -> None:
    when(relieve(), registrar(begin=AT + DAY)).records()
    when(relieve(), registrar(begin=AT + DAY + MICRO)).refuses_with(LastRegistrar)
    when(relieve(), registrar(end=AT + 900 * DAY)).refuses_with(LastRegistrar)
    when(relieve(), registrar(), relieved(NEW, TEACHER, AT + 2 * DAY, SECTION)).refuses_with(LastRegistrar)
    when(relieve(appointment=NEW), registrar(end=AT + 900 * DAY)).records()


EXEMPT = SmallSiteExempted(organisation=NURSERY, valid_from=AT, valid_to=AT + 5 * DAY, reason=SEALED)
OPEN_END = SmallSiteExempted(organisation=NURSERY, valid_from=AT, valid_to=None, reason=SEALED)
ENDED = SmallSiteExemptionEnded(organisation=NURSERY, ended_at=AT + DAY)


def end_exemption(at: Any = AT + DAY, site: str = NURSERY, acting: Any = AS_REGISTRAR) -> EndSmallSiteExemption:
    return EndSmallSiteExemption(acting=acting, organisation=site, ended_at=at)


def exempt(begin: Any) -> ExemptSmallSite:
    return ExemptSmallSite(acting=AS_REGISTRAR, organisation=NURSERY, valid_from=begin, reason=SEALED)


def test_an_exemption_is_ended_and_another_may_follow() -> None:
    for exemption in (EXEMPT, OPEN_END):
        when(end_exemption(), exemption).then(ENDED)
        when(exempt(AT + DAY), exemption, ENDED).records()
    when(end_exemption(AT), OPEN_END).records()
    when(exempt(AT), OPEN_END, SmallSiteExemptionEnded(organisation=NURSERY, ended_at=AT)).records()


def test_the_end_of_an_exemption_can_be_brought_forward_and_never_put_off() -> None:
    when(end_exemption(AT + DAY - MICRO), EXEMPT, ENDED).records()
    when(end_exemption(), EXEMPT, ENDED).refuses_with(NotExempt)
    when(end_exemption(AT + 5 * DAY), EXEMPT).refuses_with(NotExempt)


def test_the_end_of_an_exemption_is_refused() -> None:
    when(end_exemption()).refuses_with(NotExempt)
    when(end_exemption(acting=AS_PRINCIPAL), EXEMPT).refuses_with(WrongRole)
    when(end_exemption(site=OTHER)).refuses_with(OrganisationUnknown)
    begun = SmallSiteExempted(organisation=NURSERY, valid_from=AT - DAY, valid_to=None, reason=SEALED)
    when(end_exemption(AT - MICRO), begun).refuses_with(EndsInThePast)


def abolish(day: date = TODAY, body: str = NORTH, acting: Any = AS_REGISTRAR) -> AbolishOrganisation:
    return AbolishOrganisation(acting=acting, organisation=body, abolished_on=day)


LAST_WEEK = TODAY - timedelta(7)
GONE = (
    SiteMoved(organisation=SCHOOL, from_parent=NORTH, to_parent=SOUTH, moved_on=LAST_WEEK),
    SiteClosed(organisation=NURSERY, closed_on=LAST_WEEK, heir=SCHOOL),
)
ABOLISHED = OrganisationAbolished(organisation=NORTH, abolished_on=TODAY)


def test_a_district_without_sites_is_abolished_and_its_offices_end() -> None:
    when(abolish(), *GONE).then(ABOLISHED, relieved(REVIEWER_OFFICE, uuid(104), AT, NORTH))
    when(abolish(TOMORROW), *GONE).then(
        OrganisationAbolished(organisation=NORTH, abolished_on=TOMORROW),
        relieved(REVIEWER_OFFICE, uuid(104), MIDNIGHT, NORTH),
    )


def test_a_district_with_sites_or_that_had_them_last_week_is_not_abolished() -> None:
    when(abolish()).refuses_with(StillBelow, sites=[SCHOOL, NURSERY])
    when(abolish(), GONE[0]).refuses_with(StillBelow, sites=[NURSERY])
    when(abolish(TODAY - timedelta(1)), *GONE).refuses_with(StillBelow)
    back = SiteMoved(organisation=SCHOOL, from_parent=SOUTH, to_parent=NORTH, moved_on=TODAY + timedelta(40))
    when(abolish(), *GONE, back).refuses_with(StillBelow, sites=[SCHOOL])
    opening = organisation(uuid(14), OrganisationKind.PRIMARY, "P14", NORTH, TODAY + timedelta(200))
    when(abolish(), *GONE, opening).refuses_with(StillBelow, sites=[uuid(14)])


def test_a_section_is_abolished_but_not_with_the_last_registrar() -> None:
    when(abolish(body=SECTION)).then(OrganisationAbolished(organisation=SECTION, abolished_on=TODAY))
    when(abolish(body=SECTION), registrar()).then(
        OrganisationAbolished(organisation=SECTION, abolished_on=TODAY), relieved(NEW, TEACHER, AT, SECTION)
    )
    gone = relieved(REGISTRAR_OFFICE, REGISTRAR, AT + DAY, BUREAU)
    when(abolish(body=SECTION), registrar(), gone).refuses_with(LastRegistrar)


def test_an_abolition_is_refused() -> None:
    when(abolish(acting=AS_PRINCIPAL), *GONE).refuses_with(WrongRole)
    when(abolish(body=OTHER)).refuses_with(OrganisationUnknown)
    when(abolish(body=SCHOOL)).refuses_with(NeverAbolished)
    when(abolish(body=BUREAU)).refuses_with(NeverAbolished)
    when(abolish(), *GONE, ABOLISHED).refuses_with(AlreadyClosed)
    when(abolish(TODAY - timedelta(32)), *GONE).refuses_with(TooLongAgo)


def test_nothing_goes_to_a_district_that_is_abolished_or_will_be() -> None:
    later = OrganisationAbolished(organisation=NORTH, abolished_on=TOMORROW)
    move = MoveSite(acting=AS_REGISTRAR, organisation=FAR, to_parent=NORTH, moved_on=TODAY)
    when(move, later).refuses_with(AlreadyClosed)
    register = RegisterOrganisation(
        acting=AS_REGISTRAR,
        organisation=NEW,
        kind=OrganisationKind.PRIMARY,
        code="P99",
        name="小学",
        parent=NORTH,
        opened_on=TODAY,
        public=True,
    )
    when(register, later).refuses_with(AlreadyClosed)
    stand_in = AppointActing(
        acting=AS_REGISTRAR,
        appointment=NEW,
        person=TEACHER,
        acting_for=REVIEWER_OFFICE,
        valid_from=AT,
        valid_to=AT + DAY,
    )
    when(stand_in, later).refuses_with(AlreadyClosed)
