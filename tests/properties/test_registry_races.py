"""Two registrars at once: whichever is second decides again on what the first has stored.

Each pair is carried out through ``handle`` so that both have read before either appends. What remains is what the one
after the other would have left: a boundary that was too narrow would let both through.
"""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from adapters.ids import SeededIds
from adapters.memory import InMemoryEventLog
from domain.catalogue import CATALOGUE
from domain.ledger.command import Command
from domain.ledger.entry import Actor, Context
from domain.ledger.errors import Refusal
from domain.ledger.event import Event
from domain.ledger.handling import handle
from domain.ledger.ports import Append, Reading, Receipt
from domain.ledger.query import EVERYTHING, Query
from domain.registry.abolish_organisation import AbolishOrganisation
from domain.registry.appoint import Appoint
from domain.registry.appoint_acting import AppointActing
from domain.registry.assign_group_member import AssignGroupMember
from domain.registry.authority import Acting
from domain.registry.close_site import CloseSite
from domain.registry.dissolve_group import DissolveGroup
from domain.registry.end_small_site_exemption import EndSmallSiteExemption
from domain.registry.events import (
    CalendarName,
    GroupDissolved,
    GroupFormed,
    GroupMemberAssigned,
    Level,
    OrganisationKind,
    Role,
    SmallSiteExempted,
)
from domain.registry.form_group import FormGroup
from domain.registry.found_bureau import FoundBureau
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.merge_site import MergeSite
from domain.registry.move_site import MoveSite
from domain.registry.publish_calendar import PublishCalendar
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.register_person import RegisterPerson
from domain.registry.rehearsal import Rehearsal
from domain.registry.relieve import Relieve
from domain.registry.suspend_site import SuspendSite
from tests.domain.registry.town import (
    AS_PRINCIPAL,
    AS_REGISTRAR,
    AT,
    BUREAU,
    DAY,
    FOUNDED,
    NEW,
    NORTH,
    NURSERY,
    OTHER,
    PRINCIPAL_OFFICE,
    REGISTRAR_OFFICE,
    SCHOOL,
    SEALED,
    SOUTH,
    TEACHER,
    TODAY,
    TOWN,
    appointed,
    organisation,
    uuid,
)

THIRD, EMPTY, SECOND_REGISTRAR = uuid(14), uuid(5), uuid(208)
HERE: tuple[Event, ...] = (
    *TOWN,
    organisation(THIRD, OrganisationKind.PRIMARY, "P14", SOUTH),
    organisation(EMPTY, OrganisationKind.DISTRICT, "D3", BUREAU),
    appointed(SECOND_REGISTRAR, TEACHER, Role.REGISTRAR, BUREAU),
    SmallSiteExempted(organisation=NURSERY, valid_from=FOUNDED, reason=SEALED),
)
"""The town with a third school, an empty district, a second registrar and an exemption."""


class Fixed:
    def now(self) -> Any:
        return AT


class Together(InMemoryEventLog):
    """Nobody's first append goes through before everybody has read."""

    def __init__(self, readers: int) -> None:
        super().__init__(CATALOGUE, Fixed())
        self.waiting = readers
        self.all_have_read = asyncio.Event()

    async def read(self, query: Query = EVERYTHING, **bounds: Any) -> Reading:
        reading = await super().read(query, **bounds)
        self.waiting -= 1
        if self.waiting <= 0:
            self.all_have_read.set()
        await self.all_have_read.wait()
        return reading

    async def store(self, events: tuple[Event, ...]) -> None:
        ids = SeededIds("town", Fixed())
        context = Context(actor=Actor(person=uuid(1)), received_at=AT, key=uuid(1), request=b"{}")
        await super().append(
            Append(events=events, ids=tuple(ids.new() for _ in events), command="given", context=context)
        )


async def together_log(*commands: Any, history: tuple[Event, ...]) -> Together:
    log = Together(len(commands))
    await log.store(history)
    await race(log, *commands)
    return log


async def together(*commands: Any, history: tuple[Event, ...] = HERE) -> list[Receipt | Refusal]:
    log = Together(len(commands))
    if history:
        await log.store(history)
    return await race(log, *commands)


async def race(log: Together, *commands: Any) -> list[Receipt | Refusal]:
    ids = SeededIds("race", Fixed())

    async def one(number: int, decide: Any) -> Receipt | Refusal:
        context = Context(actor=Actor(person=uuid(9)), received_at=AT, key=uuid(1000 + number), request=b"{}")
        try:
            return await handle(decide, context, log=log, ids=ids)
        except Refusal as refusal:
            return refusal

    return list(await asyncio.gather(*(one(number, decide) for number, decide in enumerate(commands))))


def abolish(body: str) -> Command:
    return AbolishOrganisation(acting=AS_REGISTRAR, organisation=body, abolished_on=TODAY)


def end_exemption() -> Command:
    return EndSmallSiteExemption(acting=AS_REGISTRAR, organisation=NURSERY, ended_at=AT + DAY)


def register(each: str, code: str, parent: str = NORTH) -> Command:
    return RegisterOrganisation(
        acting=AS_REGISTRAR,
        organisation=each,
        kind=OrganisationKind.PRIMARY,
        code=code,
        name="小学",
        parent=parent,
        opened_on=TODAY,
        public=True,
    )


def person(each: str, code: str) -> Command:
    return RegisterPerson(acting=AS_REGISTRAR, person=each, code=code, name=SEALED)


def appoint(each: str, role: Role = Role.REPORTER, begin: Any = AT) -> Command:
    return Appoint(
        acting=AS_REGISTRAR, appointment=each, person=TEACHER, role=role, organisation=SCHOOL, valid_from=begin
    )


def acting_principal(each: str) -> Command:
    return AppointActing(
        acting=AS_REGISTRAR,
        appointment=each,
        person=TEACHER,
        acting_for=PRINCIPAL_OFFICE,
        valid_from=AT,
        valid_to=AT + DAY,
    )


def close(site: str, heir: str, days: int = 1) -> Command:
    return CloseSite(acting=AS_REGISTRAR, organisation=site, closed_on=TODAY + timedelta(days), heir=heir)


def delegate(each: str) -> Command:
    return GrantDelegation(
        acting=AS_PRINCIPAL,
        delegation=each,
        appointment=PRINCIPAL_OFFICE,
        delegate=TEACHER,
        valid_from=AT,
        valid_to=AT + 3 * DAY,
    )


def relieve(appointment: str, at: Any = AT + DAY, acting: Acting = AS_REGISTRAR) -> Command:
    return Relieve(acting=acting, appointment=appointment, relieved_at=at)


def calendar(first: date) -> Command:
    return PublishCalendar(
        acting=AS_REGISTRAR,
        calendar=CalendarName.WORKING,
        first_day=first,
        last_day=first + timedelta(10),
        work_days=(),
        rest_days=(),
        known_at=AT,
        source="通知",
    )


def group(each: str, by: str = SCHOOL) -> Command:
    return FormGroup(
        acting=AS_REGISTRAR,
        group=each,
        level=Level.SCHOOL,
        formed_by=by,
        covers=(by,),
        purpose="dissuasion",
        members=(),
    )


def found(bureau: str) -> Command:
    return FoundBureau(
        bureau=bureau,
        name="教育局",
        registrar_person=uuid(8),
        registrar_code="P8",
        registrar_name=SEALED,
        appointment=uuid(7),
        at=AT,
    )


PAIRS = [
    pytest.param(lambda: register(NEW, "P02"), lambda: register(NEW, "P03"), id="one organisation id"),
    pytest.param(lambda: register(NEW, "P02"), lambda: register(OTHER, "P02"), id="one organisation code"),
    pytest.param(lambda: person(NEW, "P9"), lambda: person(NEW, "P8"), id="one person id"),
    pytest.param(lambda: person(NEW, "P9"), lambda: person(OTHER, "P9"), id="one person code"),
    pytest.param(lambda: appoint(NEW), lambda: appoint(NEW, Role.CLASS_TEACHER), id="one appointment id"),
    pytest.param(lambda: appoint(NEW), lambda: appoint(OTHER), id="one office twice"),
    pytest.param(
        lambda: acting_principal(NEW), lambda: appoint(OTHER, Role.PRINCIPAL), id="one office twice, once acting"
    ),
    pytest.param(lambda: close(SCHOOL, NURSERY), lambda: close(NURSERY, SCHOOL), id="each the other's heir"),
    pytest.param(lambda: close(SCHOOL, NURSERY, 2), lambda: close(NURSERY, THIRD, 1), id="an heir that ends before"),
    pytest.param(
        lambda: close(SCHOOL, NURSERY),
        lambda: MergeSite(acting=AS_REGISTRAR, organisation=SCHOOL, into=THIRD, merged_on=TODAY + timedelta(1)),
        id="closed and merged",
    ),
    pytest.param(
        lambda: close(SCHOOL, NURSERY),
        lambda: MoveSite(acting=AS_REGISTRAR, organisation=SCHOOL, to_parent=SOUTH, moved_on=TODAY + timedelta(2)),
        id="closed and moved later",
    ),
    pytest.param(
        lambda: close(SCHOOL, NURSERY), lambda: appoint(NEW, begin=AT + 2 * DAY), id="closed and appointed later"
    ),
    pytest.param(lambda: close(SCHOOL, NURSERY, 0), lambda: group(NEW), id="closed and forming a group"),
    pytest.param(lambda: group(NEW), lambda: group(NEW, NURSERY), id="one group id"),
    pytest.param(lambda: delegate(NEW), lambda: relieve(PRINCIPAL_OFFICE), id="delegated beyond the relief"),
    pytest.param(lambda: relieve(PRINCIPAL_OFFICE), lambda: relieve(PRINCIPAL_OFFICE), id="relieved twice"),
    pytest.param(lambda: relieve(REGISTRAR_OFFICE, AT), lambda: register(NEW, "P02"), id="the registrar is relieved"),
    pytest.param(
        lambda: relieve(REGISTRAR_OFFICE, AT),
        lambda: relieve(SECOND_REGISTRAR, AT, Acting(person=TEACHER, appointment=SECOND_REGISTRAR, at=AT)),
        id="each registrar relieves oneself",
    ),
    pytest.param(
        lambda: close(SCHOOL, NURSERY, 0), lambda: acting_principal(NEW), id="closed, and somebody stands in there"
    ),
    pytest.param(lambda: abolish(EMPTY), lambda: register(NEW, "P02", EMPTY), id="abolished, and a site entered there"),
    pytest.param(
        lambda: abolish(EMPTY),
        lambda: MoveSite(acting=AS_REGISTRAR, organisation=SCHOOL, to_parent=EMPTY, moved_on=TODAY),
        id="abolished, and a site moved there",
    ),
    pytest.param(
        lambda: close(SCHOOL, NURSERY, 2),
        lambda: SuspendSite(acting=AS_REGISTRAR, organisation=NURSERY, suspended_on=TODAY),
        id="an heir that is suspended",
    ),
    pytest.param(end_exemption, end_exemption, id="one exemption ended twice"),
    pytest.param(lambda: calendar(TODAY), lambda: calendar(TODAY + timedelta(10)), id="one day in two spans"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("turned", [False, True], ids=["", "turned round"])
async def test_of_two_at_once_what_stays_is_what_one_after_the_other_leaves(one: Any, other: Any, turned: bool) -> None:
    first, second = (other, one) if turned else (one, other)
    answers = await together(first, second)
    assert accepted(answers) in {in_order(first, second), in_order(second, first)[::-1]}


def test_each_pair_excludes_one_another_in_some_order() -> None:
    for pair in PAIRS:
        one, other = (value for value in pair.values)
        assert (True, False) in {in_order(one, other), in_order(other, one)}, pair.id


def accepted(answers: list[Receipt | Refusal]) -> tuple[bool, ...]:
    return tuple(isinstance(answer, Receipt) for answer in answers)


def in_order(*commands: Any) -> tuple[bool, ...]:
    """Which are accepted when each is decided after the one before."""
    rehearsal = Rehearsal(HERE)
    outcome = []
    for command in commands:
        try:
            rehearsal.carry_out(command())
            outcome.append(True)
        except Refusal:
            outcome.append(False)
    return tuple(outcome)


async def test_one_bureau_is_founded() -> None:
    answers = await together(lambda: found(uuid(1)), lambda: found(uuid(2)), history=())
    assert sorted(isinstance(answer, Receipt) for answer in answers) == [False, True]


async def test_a_member_does_not_join_while_the_group_is_dissolved() -> None:
    formed = GroupFormed(group=NEW, level=Level.SCHOOL, formed_by=SCHOOL, covers=(SCHOOL,), purpose="dissuasion")
    log = await together_log(
        lambda: AssignGroupMember(acting=AS_REGISTRAR, group=NEW, person=TEACHER),
        lambda: DissolveGroup(acting=AS_REGISTRAR, group=NEW),
        history=(*TOWN, formed),
    )
    stored = [type(one.event) for one in (await log.read()).events][len(TOWN) + 1 :]
    assert stored in ([GroupDissolved], [GroupMemberAssigned, GroupDissolved])


async def test_what_does_not_exclude_is_stored_side_by_side() -> None:
    answers = await together(
        *(lambda n=n: register(uuid(910 + n), f"P9{n}") for n in range(5)),
        *(lambda n=n: person(uuid(920 + n), f"P8{n}") for n in range(5)),
    )
    assert all(isinstance(answer, Receipt) for answer in answers)
