"""Reminders, sent and served; outages; interruptions of the service."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.ledger.errors import Invalid
from domain.ledger.events import ServiceInterrupted
from domain.ledger.record_interruption import RecordInterruption
from domain.registry.errors import NotAppointed, NotASite, OrganisationUnknown, WrongOrganisation, WrongRole
from domain.registry.events import Relieved
from domain.reporting import errors
from domain.reporting.declare_outage import DeclareOutage
from domain.reporting.events import DutyInherited, OutageDeclared, ReminderSent, ReminderServed
from domain.reporting.send_reminder import SendReminder
from domain.reporting.serve_reminder import ServeReminder
from tests.domain.reporting.story import (
    DUE_1,
    EVENING,
    FAR,
    FAR_PRINCIPAL,
    FAR_REVIEWER,
    NOON,
    NORTH,
    OFFICE_OF,
    OFFICER,
    PRINCIPAL,
    REASON,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    SECTION,
    TEACHER,
    Story,
    acting,
    uuid,
)
from tests.given_when_then import given

REMINDER, OUTAGE = uuid(501), uuid(601)


def sends(person: str | None = REVIEWER, **changes: Any) -> SendReminder:
    arguments: dict[str, Any] = {
        "acting": None if person is None else acting(person),
        "at": NOON,
        "report": REPORT,
        "reminder": REMINDER,
        "level": 1,
        "addressee": PRINCIPAL,
        "channel": "phone",
    }
    return SendReminder(**arguments | changes)


def serves(person: str = PRINCIPAL, **changes: Any) -> ServeReminder:
    arguments: dict[str, Any] = {
        "acting": acting(person, EVENING),
        "report": REPORT,
        "reminder": REMINDER,
        "how": "opened",
        "served_to": PRINCIPAL,
        "served_at": DUE_1,
    }
    return ServeReminder(**arguments | changes)


def calls(person: str = REVIEWER, **changes: Any) -> ServeReminder:
    return serves(person, **{"how": "called", "number": REASON} | changes)


SENT = ReminderSent(
    report=REPORT, district=NORTH, reminder=REMINDER, level=1, addressee=PRINCIPAL, channel="phone", sent_at=NOON
)


@pytest.mark.parametrize("sender", [REVIEWER, None])
def test_the_level_above_or_the_service_reminds(sender: str | None) -> None:
    story = Story()
    assert story.does(sends(sender)) == SENT
    story.refuses(sends(sender), errors.ReminderExists)


def test_a_section_officer_reminds_either_level() -> None:
    story = Story()
    story.does(sends(OFFICER, section=SECTION))
    level_2 = sends(OFFICER, section=SECTION, level=2, addressee=REVIEWER, reminder=uuid(502))
    again = deepcopy(level_2)
    story.refuses(level_2, errors.NotHandedOver, level=2)
    story.signed(PRINCIPAL, 1, story.filed().digest)
    story.does(again)
    story.refuses(sends(OFFICER, reminder=uuid(503)), errors.NotASection)


def test_nobody_else_reminds() -> None:
    story = Story()
    story.refuses(sends(FAR_REVIEWER), WrongOrganisation)
    story.refuses(sends(PRINCIPAL), WrongRole)
    story.refuses(sends(REVIEWER, level=2), WrongRole)
    Story(duties=()).refuses(sends(), errors.NoDuty)


@pytest.mark.parametrize("stranger", [uuid(999), TEACHER, REVIEWER, FAR_PRINCIPAL])
def test_only_who_holds_an_office_at_the_level_that_owes_is_reminded(stranger: str) -> None:
    story = Story()
    story.refuses(sends(addressee=stranger), errors.NotInOffice, organisation=SCHOOL)
    story.does(sends(addressee=REPORTER))


def test_nobody_is_reminded_in_an_office_that_has_ended() -> None:
    relieved = Relieved(
        appointment=OFFICE_OF[PRINCIPAL], person=PRINCIPAL, organisation=SCHOOL, relieved_at=NOON - timedelta(hours=1)
    )
    Story(relieved).refuses(sends(), errors.NotInOffice)


def test_after_an_inheritance_the_heirs_people_are_reminded() -> None:
    story = Story(DutyInherited(report=REPORT, district=NORTH, heir=FAR))
    story.refuses(sends(), errors.NotInOffice, organisation=FAR)
    story.does(sends(addressee=FAR_PRINCIPAL))


def test_nothing_is_served_before_it_was_sent_nor_in_the_future() -> None:
    story = Story()
    story.does(sends())
    story.refuses(serves(served_at=NOON - timedelta(microseconds=1)), Invalid)
    story.refuses(calls(served_at=datetime(2019, 1, 1, tzinfo=UTC)), Invalid)
    with pytest.raises(Invalid):
        serves(served_at=EVENING + timedelta(microseconds=1))
    story.does(serves(served_at=NOON))


def test_nobody_is_reminded_of_what_has_been_signed() -> None:
    story = Story()
    story.signed(PRINCIPAL, 1, story.filed().digest)
    story.refuses(sends(), errors.NotMissing)


@pytest.mark.parametrize("changes", [{"level": 3}, {"channel": "by phone"}])
def test_a_reminder_has_a_level_and_a_channel(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        sends(**changes)


def test_a_reminder_is_served_when_its_addressee_opens_it_once() -> None:
    story = Story()
    story.refuses(serves(), errors.ReminderUnknown)
    story.does(sends())
    story.refuses(serves(REPORTER), errors.NotTheAddressee)
    story.refuses(serves(REPORTER, served_to=REPORTER), errors.NotTheAddressee)
    assert story.does(serves()) == ReminderServed(
        report=REPORT, district=NORTH, reminder=REMINDER, how="opened", served_to=PRINCIPAL, served_at=DUE_1
    )
    story.refuses(serves(), errors.ReminderAlreadyServed)


@pytest.mark.parametrize("caller", [REVIEWER, OFFICER])
def test_a_reminder_is_served_by_a_call_that_the_addressee_answers(caller: str) -> None:
    story = Story()
    story.does(sends())
    story.refuses(calls(FAR_REVIEWER), WrongOrganisation)
    story.refuses(calls(PRINCIPAL), WrongRole)
    story.refuses(calls(caller, served_to=REPORTER), errors.NotTheAddressee)
    assert story.does(calls(caller)).number == REASON


def test_who_holds_no_office_serves_nothing() -> None:
    story = Story()
    story.does(sends())
    impostor = acting(uuid(999), EVENING, appointment=uuid(998))
    story.refuses(serves(acting=impostor), NotAppointed)


@pytest.mark.parametrize(
    "changes",
    [
        {"how": "delivered"},
        {"how": "called"},
        {"how": "opened", "number": REASON},
        {"served_at": EVENING + timedelta(microseconds=1)},
    ],
)
def test_serving_is_opened_or_called_with_a_number_in_the_past(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        serves(**changes)


def declares(person: str = OFFICER, **changes: Any) -> DeclareOutage:
    arguments: dict[str, Any] = {
        "acting": acting(person, EVENING),
        "outage": OUTAGE,
        "began_at": NOON,
        "ended_at": DUE_1,
        "grace_until": EVENING,
        "reason": REASON,
    }
    return DeclareOutage(**arguments | changes)


def test_a_section_officer_declares_an_outage_once() -> None:
    story = Story()
    story.refuses(declares(REVIEWER), WrongRole)
    assert story.does(declares(schools=(SCHOOL,))) == OutageDeclared(
        outage=OUTAGE,
        began_at=NOON,
        ended_at=DUE_1,
        grace_until=EVENING,
        reason=REASON,
        person=OFFICER,
        schools=(SCHOOL,),
    )
    story.refuses(declares(), errors.OutageExists)


@pytest.mark.parametrize(
    "changes",
    [
        {"began_at": DUE_1},
        {"grace_until": NOON},
        {"schools": ()},
        {"schools": (SCHOOL, SCHOOL)},
        {"acting": acting(OFFICER, NOON - timedelta(hours=1))},
        {"ended_at": NOON + timedelta(days=3, microseconds=1), "grace_until": NOON + timedelta(days=4)},
        {"ended_at": datetime(2100, 1, 1, tzinfo=UTC), "grace_until": datetime(2100, 1, 1, tzinfo=UTC)},
        {"grace_until": DUE_1 + timedelta(days=1, microseconds=1)},
        {"acting": acting(OFFICER, DUE_1 + timedelta(days=7, microseconds=1))},
    ],
)
def test_an_outage_begins_before_it_ends_and_is_declared_once_begun(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        declares(**changes)


def test_an_outage_may_last_three_days_with_a_day_of_grace_and_be_declared_within_a_week() -> None:
    end = NOON + timedelta(days=3)
    late = acting(OFFICER, end + timedelta(days=7))
    Story().does(declares(ended_at=end, grace_until=end + timedelta(days=1), acting=late))


def test_an_outage_is_declared_for_schools_that_are_there() -> None:
    story = Story()
    story.refuses(declares(schools=(SCHOOL, uuid(999))), OrganisationUnknown, organisation=uuid(999))
    story.refuses(declares(schools=(SCHOOL, NORTH)), NotASite, organisation=NORTH)


def test_an_interruption_is_recorded_without_overlap() -> None:
    first = ServiceInterrupted(began_at=NOON, ended_at=DUE_1)
    given().when(RecordInterruption(began_at=NOON, ended_at=DUE_1)).then(first)
    later = RecordInterruption(began_at=NOON + timedelta(minutes=1), ended_at=EVENING)
    given(first).when(later).then(ServiceInterrupted(began_at=DUE_1, ended_at=EVENING))
    given(first).when(RecordInterruption(began_at=NOON, ended_at=DUE_1)).refuses_with(Invalid)
    with pytest.raises(Invalid):
        RecordInterruption(began_at=NOON, ended_at=NOON)
