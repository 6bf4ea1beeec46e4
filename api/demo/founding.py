"""What is entered before the first day: bureau, organisations, people, offices, calendars, rules, groups.

In waves: the orders of a wave do not depend on one another, and each wave has a minute of its own.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

from api.demo.calendars import PUBLISHED, YEAR
from api.demo.city import EXEMPT_CODE, OPENED_CODE, City, Post, Site
from api.demo.groups import Group, groups, task_forces
from api.demo.orders import Order, Personal, order
from api.demo.plan import CLOSES, DUE_AT_FIRST
from api.demo.signatures import Hands
from api.demo.stories import ACTING_CODE, DELEGATING_CODE, FIRST_DAY, LEFT_CODE
from domain.ledger.entry import Actor
from domain.ledger.time import at_shanghai
from domain.registry.appoint import Appoint
from domain.registry.authority import Acting
from domain.registry.declare_roster import DeclareRoster
from domain.registry.events import GroupPurpose, Level, OrganisationKind, Role
from domain.registry.exempt_small_site import ExemptSmallSite
from domain.registry.form_group import FormGroup
from domain.registry.form_task_force import FormTaskForce
from domain.registry.found_bureau import FoundBureau
from domain.registry.publish_calendar import PublishCalendar
from domain.registry.register_organisation import RegisterOrganisation
from domain.registry.register_person import RegisterPerson
from domain.reporting.adopt_rules import AdoptRules
from domain.reporting.forms.f1 import F1
from domain.reporting.publish_form import PublishForm
from domain.signing.enrol_credential import EnrolCredential

ROSTERS_OF: Final = date(2020, 1, 20)
RULES_AT_FIRST: Final = "f1-2020-01"
Office = tuple[Post, Role, str]
"""Who, as what, where."""


def found_bureau(city: City, at: datetime) -> Order:
    """The first command of the log: the bureau, and the registrar who enters everything else."""
    registrar = city.registrar
    return Order(
        command=FoundBureau,
        name=FoundBureau.name,
        actor=Actor(person=registrar.person, appointment=registrar.appointment),
        subject=city.bureau,
        arguments={
            "bureau": city.bureau,
            "name": "教育局（合成）",
            "registrar_person": registrar.person,
            "registrar_code": registrar.code,
            "appointment": registrar.appointment,
            "at": at,
        },
        personal={"registrar_name": name_of(registrar)},
    )


def name_of(post: Post) -> Personal:
    """A person's name: synthetic, and sealed like a real one."""
    return Personal(f"合成人员-{post.code}", post.person, "name")


def registrar(city: City, at: datetime) -> Acting:
    """The registrar at an instant."""
    return Acting(person=city.registrar.person, appointment=city.registrar.appointment, at=at)


def first_officer(city: City, at: datetime) -> Acting:
    """The officer of the section that answers for reporting."""
    officer = city.sections[0].officer
    return Acting(person=officer.person, appointment=officer.appointment, at=at)


def founding(city: City, hands: Hands, minutes: Iterator[datetime]) -> Iterator[tuple[datetime, Sequence[Order]]]:
    """The waves, each at the next of ``minutes``, all before the first day."""
    at = next(minutes)
    yield at, [found_bureau(city, at)]
    at = next(minutes)
    yield at, list(_bodies(city, registrar(city, at)))
    at = next(minutes)
    yield at, [registration(city, site, registrar(city, at)) for site in sites_at_first(city)]
    at = next(minutes)
    yield at, [roster(site, registrar(city, at)) for site in sites_at_first(city)]
    at = next(minutes)
    yield at, list(_people(city, registrar(city, at)))
    # Offices of one organisation in different minutes: they share a boundary and would only wait for one another.
    for offices in _offices(city):
        at = next(minutes)
        yield at, [appointed(registrar(city, at), office, at) for office in offices]
    for enrolments in _enrolments(city):
        at = next(minutes)
        yield at, [_enrolled(voucher, post, hands, at) for voucher, post in enrolments]
    at = next(minutes)
    yield at, list(_calendars(registrar(city, at)))
    at = next(minutes)
    yield at, [order(PublishForm, registrar(city, at), F1.form, **F1.as_dict())]
    at = next(minutes)
    yield at, [rules(registrar(city, at), RULES_AT_FIRST, FIRST_DAY, DUE_AT_FIRST.texts())]
    at = next(minutes)
    yield at, list(_task_forces(city, registrar(city, at)))
    at = next(minutes)
    yield at, [formed(group, registrar(city, at)) for group in groups(city)]
    at = next(minutes)
    yield at, [_exemption(city, registrar(city, at))]


def rules(acting: Acting, name: str, effective_from: date, deadlines: tuple[str, str, str]) -> Order:
    """Rules of the daily report."""
    return order(
        AdoptRules,
        acting,
        name,
        rules=name,
        form=F1.form,
        form_version=F1.form_version,
        effective_from=effective_from,
        deadlines=deadlines,
        closes=CLOSES,
        closes_after_days=1,
    )


def _bodies(city: City, acting: Acting) -> Iterator[Order]:
    for kind, bodies in ((OrganisationKind.SECTION, city.sections), (OrganisationKind.DISTRICT, city.districts)):
        for body in bodies:
            yield order(
                RegisterOrganisation,
                acting,
                body.id,
                organisation=body.id,
                kind=kind,
                code=body.code,
                name=body.name,
                parent=city.bureau,
                opened_on=date(1995, 9, 1),
                public=True,
            )


def registration(city: City, site: Site, acting: Acting) -> Order:
    """Entering one site."""
    return order(
        RegisterOrganisation,
        acting,
        site.id,
        organisation=site.id,
        kind=site.kind,
        code=site.code,
        name=site.name,
        parent=city.districts[site.district].id,
        opened_on=site.opened_on,
        public=site.public,
    )


def roster(site: Site, acting: Acting) -> Order:
    """What one site declares of itself."""
    return order(
        DeclareRoster,
        acting,
        site.id,
        organisation=site.id,
        as_of=max(ROSTERS_OF, site.opened_on),
        staff=site.roster.staff,
        classes=site.roster.classes,
    )


def sites_at_first(city: City) -> list[Site]:
    """Every site but the one that opens on the way."""
    return [site for site in (*city.sites, *city.training) if site.code != OPENED_CODE]


def posts_of(city: City) -> Iterator[Post]:
    """Every post of the city but the registrar's, which comes with the bureau."""
    for section in city.sections:
        yield section.officer
    for district in city.districts:
        yield from (*district.reviewers, *district.staff)
    for site in (*city.sites, *city.training):
        yield from (site.principal, site.reporter, *site.teachers)


def _people(city: City, acting: Acting) -> Iterator[Order]:
    for post in {post.person: post for post in posts_of(city)}.values():
        yield order(
            RegisterPerson,
            acting,
            post.person,
            person=post.person,
            code=post.code,
            personal={"name": name_of(post)},
        )


def _offices(city: City) -> Iterator[list[Office]]:
    yield [(section.officer, Role.SECTION_OFFICER, section.id) for section in city.sections]
    for number in range(2):
        yield [(each.reviewers[number], Role.DISTRICT_REVIEWER, each.id) for each in city.districts]
    offices = [list(offices_of(site)) for site in sites_at_first(city)]
    for number in range(max(map(len, offices))):
        yield [each[number] for each in offices if number < len(each)]


def offices_of(site: Site) -> Iterator[Office]:
    """The offices of a site, the principal's first."""
    yield site.principal, Role.PRINCIPAL, site.id
    yield site.reporter, Role.REPORTER, site.id
    for teacher in site.teachers:
        yield teacher, Role.CLASS_TEACHER, site.id


def appointed(acting: Acting, office: Office, valid_from: datetime) -> Order:
    """Giving an office for an open time."""
    post, role, organisation = office
    return order(
        Appoint,
        acting,
        post.appointment,
        appointment=post.appointment,
        person=post.person,
        role=role,
        organisation=organisation,
        valid_from=valid_from,
        valid_to=None,
    )


def _enrolments(city: City) -> Iterator[list[tuple[Post, Post]]]:
    """Who vouches for whose key, in waves: the registrar for officers, they for principals, and these for their people.

    Of a school's people those who sign: principal and reporter, and the teachers who will stand in for one of them.
    """
    officers = [section.officer for section in city.sections]
    yield [(city.registrar, post) for post in (*officers, *(each for one in city.districts for each in one.reviewers))]
    sites = [site for site in sites_at_first(city) if site not in city.training]
    yield [(city.districts[site.district].reviewers[0], site.principal) for site in sites]
    yield [(site.principal, site.reporter) for site in sites if site.reporter.person != site.principal.person]
    yield [
        (site.principal, site.teachers[number])
        for site, number in ((city.site(DELEGATING_CODE), 0), (city.site(ACTING_CODE), 1), (city.site(LEFT_CODE), 0))
    ]


def _enrolled(voucher: Post, post: Post, hands: Hands, at: datetime) -> Order:
    key = hands.key_of(post.person)
    return order(
        EnrolCredential,
        Acting(person=voucher.person, appointment=voucher.appointment, at=at),
        key.credential,
        person=post.person,
        method="ed25519",
        public_key=key.public_key,
        algorithm=-8,
        strength="key_file",
    )


def _calendars(acting: Acting) -> Iterator[Order]:
    for plan in PUBLISHED:
        yield order(
            PublishCalendar,
            acting,
            plan.calendar.value,
            calendar=plan.calendar,
            first_day=YEAR[0],
            last_day=YEAR[1],
            work_days=plan.work_days,
            rest_days=plan.rest_days,
            known_at=plan.known_at,
            source=plan.source,
        )


def _task_forces(city: City, acting: Acting) -> Iterator[Order]:
    for each in task_forces(city):
        yield order(
            FormTaskForce,
            acting,
            each.id,
            task_force=each.id,
            level=Level.BUREAU,
            formed_by=city.bureau,
            covers=tuple(district.id for district in city.districts),
            name=each.name,
            members=(),
        )


def formed(group: Group, acting: Acting) -> Order:
    """Forming a group with its members."""
    return order(
        FormGroup,
        acting,
        group.id,
        group=group.id,
        level=group.level,
        formed_by=group.formed_by,
        covers=group.covers,
        purpose=GroupPurpose.DISSUASION,
        members=group.members,
    )


def _exemption(city: City, acting: Acting) -> Order:
    site = city.site(EXEMPT_CODE)
    return order(
        ExemptSmallSite,
        acting,
        site.id,
        organisation=site.id,
        valid_from=at_shanghai(FIRST_DAY, "00:00"),
        valid_to=None,
        personal={"reason": Personal("教职工人数少，报送与签字由园长一人承担。", site.id, "reason")},
    )
