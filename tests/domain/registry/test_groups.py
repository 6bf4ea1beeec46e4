"""Task forces and groups with their members."""

from typing import Any

import pytest

from domain.ledger.errors import Invalid
from domain.registry.assign_group_member import AssignGroupMember
from domain.registry.dissolve_group import DissolveGroup
from domain.registry.errors import (
    AlreadyClosed,
    AlreadyMember,
    CoversNothing,
    GroupOver,
    GroupTaken,
    GroupUnknown,
    LevelUnfit,
    NotAMember,
    OrganisationUnknown,
    PersonUnknown,
    WrongOrganisation,
    WrongRole,
)
from domain.registry.events import (
    GroupDissolved,
    GroupFormed,
    GroupMemberAssigned,
    GroupMemberReleased,
    Level,
    SiteClosed,
    TaskForceFormed,
)
from domain.registry.form_group import FormGroup
from domain.registry.form_task_force import FormTaskForce
from domain.registry.release_group_member import ReleaseGroupMember
from tests.domain.registry.town import (
    AS_PRINCIPAL,
    AS_REGISTRAR,
    AS_REVIEWER,
    BUREAU,
    NEW,
    NORTH,
    NURSERY,
    OTHER,
    SCHOOL,
    SECTION,
    SOUTH,
    STRANGER,
    TEACHER,
    TODAY,
    when,
)

CLOSED = SiteClosed(organisation=SCHOOL, closed_on=TODAY, heir=NURSERY)


def task_force(**changes: Any) -> FormTaskForce:
    return FormTaskForce(
        **{
            "acting": AS_REGISTRAR,
            "task_force": NEW,
            "level": Level.BUREAU,
            "formed_by": BUREAU,
            "covers": (NORTH, SOUTH),
            "name": "数据统计专班",
            "members": (TEACHER,),
            **changes,
        }
    )


FORCE = TaskForceFormed(
    task_force=NEW, level=Level.BUREAU, formed_by=BUREAU, covers=(NORTH, SOUTH), name="数据统计专班"
)
GROUP = GroupFormed(group=NEW, level=Level.SCHOOL, formed_by=SCHOOL, covers=(SCHOOL, NURSERY), purpose="dissuasion")
MEMBER = GroupMemberAssigned(group=NEW, person=TEACHER)
OVER = GroupDissolved(group=NEW)


def test_a_task_force_is_formed_at_the_level_of_its_organisation() -> None:
    when(task_force()).then(FORCE, MEMBER)
    when(task_force(members=())).then(FORCE)
    when(task_force(formed_by=SECTION)).records()
    when(task_force(formed_by=NORTH, level=Level.DISTRICT)).records()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"acting": AS_PRINCIPAL}, WrongRole),
        ({"formed_by": OTHER}, OrganisationUnknown),
        ({"formed_by": SCHOOL}, LevelUnfit),
        ({"level": Level.SCHOOL}, LevelUnfit),
        ({"covers": ()}, CoversNothing),
        ({"covers": (NORTH, NORTH)}, CoversNothing),
        ({"covers": (NORTH, OTHER)}, OrganisationUnknown),
        ({"members": (OTHER,)}, PersonUnknown),
        ({"members": (TEACHER, TEACHER)}, AlreadyMember),
        ({"members": (TEACHER,) * 501}, Invalid),
        ({"name": ""}, Invalid),
    ],
)
def test_a_task_force_is_refused(changes: dict[str, Any], refusal: Any) -> None:
    when(task_force(**changes)).refuses_with(refusal)


def group(**changes: Any) -> FormGroup:
    return FormGroup(
        **{
            "acting": AS_REGISTRAR,
            "group": NEW,
            "level": Level.SCHOOL,
            "formed_by": SCHOOL,
            "covers": (SCHOOL, NURSERY),
            "purpose": "dissuasion",
            "members": (TEACHER,),
            **changes,
        }
    )


def test_a_group_is_formed_with_its_first_members() -> None:
    when(group()).then(GROUP, MEMBER)
    when(group(members=())).then(GROUP)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"acting": AS_REVIEWER}, WrongRole),
        ({"formed_by": OTHER}, OrganisationUnknown),
        ({"level": Level.BUREAU}, LevelUnfit),
        ({"covers": ()}, CoversNothing),
        ({"covers": (SCHOOL, SCHOOL)}, CoversNothing),
        ({"covers": (SCHOOL, OTHER)}, OrganisationUnknown),
        ({"members": ("x" * 9,)}, PersonUnknown),
        ({"members": (TEACHER, TEACHER)}, AlreadyMember),
        ({"members": (TEACHER,) * 501}, Invalid),
    ],
)
def test_a_group_is_refused(changes: dict[str, Any], refusal: Any) -> None:
    when(group(**changes)).refuses_with(refusal)


def test_groups_and_task_forces_share_one_space_of_ids() -> None:
    when(group(), FORCE).refuses_with(GroupTaken)
    when(task_force(), GROUP).refuses_with(GroupTaken)
    when(group(), GROUP, OVER).refuses_with(GroupTaken)


def test_a_closed_site_forms_nothing_and_is_covered_by_nothing() -> None:
    when(group(), CLOSED).refuses_with(AlreadyClosed)
    when(group(formed_by=NURSERY), CLOSED).refuses_with(AlreadyClosed)
    when(task_force(covers=(NORTH, SCHOOL)), CLOSED).refuses_with(AlreadyClosed)


def assign(person: str = TEACHER, acting: Any = AS_REGISTRAR, to: str = NEW) -> AssignGroupMember:
    return AssignGroupMember(acting=acting, group=to, person=person)


def release(person: str = TEACHER, acting: Any = AS_REGISTRAR) -> ReleaseGroupMember:
    return ReleaseGroupMember(acting=acting, group=NEW, person=person)


@pytest.mark.parametrize("acting", [AS_REGISTRAR, AS_PRINCIPAL])
def test_registrar_and_who_leads_the_forming_organisation_choose_the_members(acting: Any) -> None:
    when(assign(acting=acting), GROUP).then(MEMBER)
    when(release(acting=acting), GROUP, MEMBER).then(GroupMemberReleased(group=NEW, person=TEACHER))


def test_a_task_force_has_members_too_and_who_left_may_come_back() -> None:
    when(assign(), FORCE).then(MEMBER)
    when(assign(), FORCE, MEMBER).refuses_with(AlreadyMember)
    when(release(), FORCE, MEMBER).then(GroupMemberReleased(group=NEW, person=TEACHER))
    when(assign(), GROUP, MEMBER, GroupMemberReleased(group=NEW, person=TEACHER)).then(MEMBER)


def test_membership_is_refused() -> None:
    when(assign()).refuses_with(GroupUnknown)
    when(assign(), GROUP, OVER).refuses_with(GroupOver)
    when(assign(), GROUP, MEMBER).refuses_with(AlreadyMember)
    when(assign(OTHER), GROUP).refuses_with(PersonUnknown)
    when(assign(acting=AS_REVIEWER), GROUP).refuses_with(WrongOrganisation)
    when(release(STRANGER), GROUP, MEMBER).refuses_with(NotAMember)
    when(release(), GROUP, MEMBER, OVER).refuses_with(GroupOver)
    when(release(acting=AS_REVIEWER), GROUP, MEMBER).refuses_with(WrongOrganisation)
    when(release()).refuses_with(GroupUnknown)


def test_a_group_or_task_force_is_dissolved_once() -> None:
    dissolve = {"acting": AS_REGISTRAR, "group": NEW}
    when(DissolveGroup(**dissolve), GROUP).then(OVER)
    when(DissolveGroup(**dissolve), FORCE).then(OVER)
    when(DissolveGroup(**dissolve)).refuses_with(GroupUnknown)
    when(DissolveGroup(**dissolve), GROUP, OVER).refuses_with(GroupOver)
    when(DissolveGroup(acting=AS_PRINCIPAL, group=NEW), GROUP).refuses_with(WrongRole)


def test_a_district_forms_no_group_for_the_bureau() -> None:
    when(group(formed_by=SOUTH, level=Level.BUREAU)).refuses_with(LevelUnfit)
