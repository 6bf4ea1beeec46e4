"""What changes on the way: offices, one site for another, rules and a calendar; and who acts for a site on a day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from api.demo.calendars import CHANGE_KNOWN, CHANGE_SOURCE, PROLONGED
from api.demo.city import FOUNDED, HANDOVER, MERGED_CODE, OPENED_CODE, City, Post, Site
from api.demo.founding import appointed, formed, offices_of, registrar, registration, roster, rules
from api.demo.groups import succession
from api.demo.orders import Order, order
from api.demo.plan import DUE_FROM_3_FEBRUARY
from api.demo.seeded import seeded_ids
from api.demo.stories import (
    ACTING_CODE,
    DELEGATING_CODE,
    FIRST_DAY,
    ILLNESS,
    JOINED_CODE,
    LEAVE,
    LEFT_CODE,
    MOVED_ON,
    RULE_CHANGE,
)
from domain.ledger.time import at_shanghai
from domain.registry.appoint_acting import AppointActing
from domain.registry.authority import Acting
from domain.registry.change_calendar import ChangeCalendar
from domain.registry.dissolve_group import DissolveGroup
from domain.registry.events import CalendarName, Role
from domain.registry.grant_delegation import GrantDelegation
from domain.registry.merge_site import MergeSite
from domain.registry.relieve import Relieve

RULES_FROM_3_FEBRUARY: Final = "f1-2020-02"


@dataclass(frozen=True, slots=True, kw_only=True)
class Careers:
    """The offices that are not given at the founding."""

    delegation: str
    acting: Post
    joined: Post
    follower: Post


def careers_of(city: City) -> Careers:
    """A delegation, an acting principal, a reporter who moves from one school to another, and who follows there."""
    names = seeded_ids(city.seed, "careers", FOUNDED)

    def again(post: Post) -> Post:
        return Post(person=post.person, appointment=names.new(), code=post.code)

    return Careers(
        delegation=names.new(),
        acting=again(city.site(ACTING_CODE).teachers[1]),
        joined=again(city.site(LEFT_CODE).reporter),
        follower=again(city.site(LEFT_CODE).teachers[0]),
    )


def reporter_of(site: Site, day: date, careers: Careers) -> Post:
    """Who files for a site on a day."""
    if day >= MOVED_ON and site.code == LEFT_CODE:
        return careers.follower
    if day >= MOVED_ON and site.code == JOINED_CODE:
        return careers.joined
    return site.reporter


def principal_of(site: Site, day: date, at: datetime, careers: Careers) -> Acting:
    """Who signs level 1 for a site on a day: the principal, a delegate during leave, an acting one during illness."""
    principal = site.principal
    if site.code == DELEGATING_CODE and LEAVE[0] <= day <= LEAVE[1]:
        delegate = site.teachers[0].person
        return Acting(person=delegate, appointment=principal.appointment, at=at, delegation=careers.delegation)
    if site.code == ACTING_CODE and ILLNESS[0] <= day <= ILLNESS[1]:
        return Acting(person=careers.acting.person, appointment=careers.acting.appointment, at=at)
    return Acting(person=principal.person, appointment=principal.appointment, at=at)


def turning_points(city: City, careers: Careers, day: date) -> Iterator[tuple[int, Order]]:
    """The changes of a day, each at a minute after midnight; in order."""

    def at(minute: int) -> Acting:
        return registrar(city, at_shanghai(day, "00:00") + timedelta(minutes=minute))

    if day == FIRST_DAY:
        yield (
            5 * 60,
            order(
                ChangeCalendar,
                at(5 * 60),
                "prolonged",
                calendar=CalendarName.WORKING,
                work_days=(),
                rest_days=PROLONGED,
                known_at=CHANGE_KNOWN,
                source=CHANGE_SOURCE,
            ),
        )
    if day == RULE_CHANGE - timedelta(days=1):
        yield 10 * 60, rules(at(10 * 60), RULES_FROM_3_FEBRUARY, RULE_CHANGE, DUE_FROM_3_FEBRUARY.texts())
    if day == LEAVE[0] - timedelta(days=1):
        yield 18 * 60 + 11, _delegation(city.site(DELEGATING_CODE), careers, at(18 * 60 + 11).at)
    if day == HANDOVER - timedelta(days=3):
        yield from _succession(city, at)
    if day == HANDOVER:
        old, new = succession(city)
        yield 8 * 60, order(DissolveGroup, at(8 * 60), old.id, group=old.id)
        yield 8 * 60 + 1, formed(new, at(8 * 60 + 1))
    if day == MOVED_ON - timedelta(days=1):
        yield from _moving(city, careers, at)
    if day == ILLNESS[0]:
        yield 7 * 60, _standing_in(city.site(ACTING_CODE), careers, at(7 * 60))


def _delegation(site: Site, careers: Careers, instant: datetime) -> Order:
    holder = site.principal
    return order(
        GrantDelegation,
        Acting(person=holder.person, appointment=holder.appointment, at=instant),
        careers.delegation,
        delegation=careers.delegation,
        appointment=holder.appointment,
        delegate=site.teachers[0].person,
        valid_from=at_shanghai(LEAVE[0], "00:00"),
        valid_to=at_shanghai(LEAVE[1], "24:00"),
    )


def _succession(city: City, at: Callable[[int], Acting]) -> Iterator[tuple[int, Order]]:
    """One kindergarten is entered with its people, to open on the day from which another is part of it."""
    merging, opening = city.site(MERGED_CODE), city.site(OPENED_CODE)
    minute = 10 * 60
    yield minute, registration(city, opening, at(minute))
    yield minute + 1, roster(opening, at(minute + 1))
    for later, office in enumerate(offices_of(opening), start=minute + 2):
        yield later, appointed(at(later), office, at_shanghai(HANDOVER, "00:00"))
    minute = 11 * 60
    merged = order(MergeSite, at(minute), merging.id, organisation=merging.id, merged_on=HANDOVER, into=opening.id)
    yield minute, merged


def _moving(city: City, careers: Careers, at: Callable[[int], Acting]) -> Iterator[tuple[int, Order]]:
    midnight = at_shanghai(MOVED_ON, "00:00")
    left, joined = city.site(LEFT_CODE), city.site(JOINED_CODE)
    for minute, (site, post) in enumerate(((left, left.reporter), (joined, joined.reporter)), start=22 * 60):
        yield (
            minute,
            order(
                Relieve,
                at(minute),
                post.appointment,
                appointment=post.appointment,
                relieved_at=midnight,
            ),
        )
        office = (careers.follower if site is left else careers.joined, Role.REPORTER, site.id)
        yield minute + 10, appointed(at(minute + 10), office, midnight)


def _standing_in(site: Site, careers: Careers, acting: Acting) -> Order:
    return order(
        AppointActing,
        acting,
        careers.acting.appointment,
        appointment=careers.acting.appointment,
        person=careers.acting.person,
        acting_for=site.principal.appointment,
        valid_from=acting.at,
        valid_to=at_shanghai(ILLNESS[1], "24:00"),
    )
