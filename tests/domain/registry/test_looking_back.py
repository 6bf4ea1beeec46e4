"""What takes effect in the past lies at most 31 days back; what was entered with the past is a fact."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.ledger.time import at_shanghai
from domain.registry.appoint import Appoint
from domain.registry.appoint_acting import AppointActing
from domain.registry.close_site import CloseSite
from domain.registry.declare_roster import DeclareRoster
from domain.registry.errors import TooLongAgo
from domain.registry.events import OrganisationKind, Role, SiteSuspended
from domain.registry.exempt_small_site import ExemptSmallSite
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.interval import DAYS_BACK
from domain.registry.merge_site import MergeSite
from domain.registry.move_site import MoveSite
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.resume_site import ResumeSite
from domain.registry.suspend_site import SuspendSite
from tests.domain.registry.town import (
    AS_PRINCIPAL,
    AS_REGISTRAR,
    AT,
    DAY,
    NEW,
    NORTH,
    NURSERY,
    SCHOOL,
    SEALED,
    SOUTH,
    TEACHER,
    TODAY,
    appointed,
    uuid,
    when,
)

LONG_SUSPENDED = SiteSuspended(organisation=SCHOOL, suspended_on=date(2019, 9, 1))
SINCE_LONG = appointed(uuid(250), uuid(104), Role.REPORTER, SCHOOL, at_shanghai(date(2015, 9, 1), "00:00"))
DELEGATED = appointed(uuid(251), uuid(102), Role.REPORTER, NURSERY, at_shanghai(date(2015, 9, 1), "00:00"))


def begin(day: date) -> Any:
    return at_shanghai(day, "00:00")


ACTS: dict[str, Any] = {
    "move": lambda day: (MoveSite(acting=AS_REGISTRAR, organisation=SCHOOL, to_parent=SOUTH, moved_on=day),),
    "suspend": lambda day: (SuspendSite(acting=AS_REGISTRAR, organisation=SCHOOL, suspended_on=day),),
    "resume": lambda day: (ResumeSite(acting=AS_REGISTRAR, organisation=SCHOOL, resumed_on=day), LONG_SUSPENDED),
    "close": lambda day: (CloseSite(acting=AS_REGISTRAR, organisation=SCHOOL, closed_on=day, heir=NURSERY),),
    "merge": lambda day: (MergeSite(acting=AS_REGISTRAR, organisation=SCHOOL, merged_on=day, into=NURSERY),),
    "roster": lambda day: (DeclareRoster(acting=AS_PRINCIPAL, organisation=SCHOOL, as_of=day, staff=1, classes=()),),
    "exempt": lambda day: (
        ExemptSmallSite(acting=AS_REGISTRAR, organisation=NURSERY, valid_from=begin(day), reason=SEALED),
    ),
    "appoint": lambda day: (
        Appoint(
            acting=AS_REGISTRAR,
            appointment=NEW,
            person=TEACHER,
            role=Role.REPORTER,
            organisation=SCHOOL,
            valid_from=begin(day),
        ),
    ),
    "appoint_acting": lambda day: (
        AppointActing(
            acting=AS_REGISTRAR,
            appointment=NEW,
            person=TEACHER,
            acting_for=SINCE_LONG.appointment,
            valid_from=begin(day),
            valid_to=AT + DAY,
        ),
        SINCE_LONG,
    ),
    "delegate": lambda day: (
        GrantDelegation(
            acting=AS_PRINCIPAL.__class__(person=uuid(102), appointment=DELEGATED.appointment, at=AT),
            delegation=NEW,
            appointment=DELEGATED.appointment,
            delegate=TEACHER,
            valid_from=begin(day),
            valid_to=AT + DAY,
        ),
        DELEGATED,
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_takes_effect_in_the_past_lies_at_most_31_days_back(act: str) -> None:
    last = TODAY - timedelta(DAYS_BACK)
    when(*ACTS[act](last)).records()
    when(*ACTS[act](last - timedelta(1))).refuses_with(TooLongAgo, earliest="2020-01-10")


def test_the_day_on_which_a_site_opened_is_a_fact_however_long_ago() -> None:
    command = RegisterOrganisation(
        acting=AS_REGISTRAR,
        organisation=NEW,
        kind=OrganisationKind.PRIMARY,
        code="P99",
        name="老学校",
        parent=NORTH,
        opened_on=date(2012, 9, 1),
        public=True,
    )
    when(command).records()
