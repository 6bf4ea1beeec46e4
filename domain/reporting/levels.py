"""Who acts at which level, decided from the appointment in hand.

Level 0 (filing): a reporter of the school, or its principal where the small-site exemption holds. Level 1: the
principal. Level 2: a reviewer of the duty's district. Level 3: an officer of a section of the duty's bureau.
Where a duty was inherited, the heir's people act in place of the school's.
"""

from datetime import datetime

from domain.ledger.time import business_date_of
from domain.registry.authority import Authority
from domain.registry.errors import OrganisationUnknown
from domain.registry.events import OrganisationKind, Role
from domain.registry.interval import earliest
from domain.registry.organisation import OrganisationState
from domain.reporting.errors import NotASection, SamePerson
from domain.reporting.report_state import ReportState, one_side
from domain.reporting.signed_rollups import SignedRollups
from domain.signing.held_signature import HeldSignature

FILING_WHEN_EXEMPT = frozenset({Role.REPORTER, Role.PRINCIPAL})


def section_states(section: str | None) -> tuple[OrganisationState, ...]:
    """The perspective on the section that acts, where one acts."""
    return () if section is None else (OrganisationState(section),)


def require_filing(authority: Authority, report: ReportState, site: OrganisationState) -> datetime | None:
    """Level 0: until when (exclusive) what allows it holds. Raises NoDuty and the refusals of ``Authority.require``."""
    answering = _answering(report)
    authority.require(FILING_WHEN_EXEMPT if _is_exempt(authority, site) else Role.REPORTER, answering)
    return authority.valid_until if authority.role is Role.REPORTER else _exempt_until(authority, site)


def require_level(
    authority: Authority, report: ReportState, level: int, sections: tuple[OrganisationState, ...] = ()
) -> None:
    """Levels 1 to 3. Raises NoDuty, NotASection and the refusals of ``Authority.require``."""
    if level == 1:
        authority.require(Role.PRINCIPAL, _answering(report))
    elif level == 2:
        authority.require(Role.DISTRICT_REVIEWER, report.duty.district)
    else:
        require_section(authority, sections, report.duty.bureau)


def require_section(authority: Authority, sections: tuple[OrganisationState, ...], bureau: str) -> None:
    """An officer of a section that belongs to this bureau on the day of the act.

    Raises NotASection, OrganisationUnknown and the refusals of ``Authority.require``.
    """
    if not sections:
        authority.require(Role.SECTION_OFFICER)
        raise NotASection(bureau=bureau)
    section = sections[0]
    authority.require(Role.SECTION_OFFICER, section.organisation)
    if not section.is_registered:
        raise OrganisationUnknown(organisation=section.organisation)
    if (
        section.kind is not OrganisationKind.SECTION
        or section.parent_on(business_date_of(authority.acting.at)) != bureau
    ):
        raise NotASection(organisation=section.organisation, bureau=bureau)


def on_behalf_of(authority: Authority) -> str | None:
    """The holder, when a delegate acts."""
    return None if authority.acting.delegation is None else authority.holder


def persons_of(authority: Authority, held: HeldSignature | None = None) -> frozenset[str]:
    """Who acts, for a delegate on whose behalf, and who attests a paper: all count as one side."""
    return one_side(authority.acting.person, on_behalf_of(authority), held)


def require_other_persons(
    authority: Authority, beside: frozenset[str], level: int, held: HeldSignature | None = None
) -> None:
    """Three levels, three persons. Raises SamePerson."""
    if not persons_of(authority, held).isdisjoint(beside):
        raise SamePerson(person=authority.acting.person, level=level)


def require_below(
    authority: Authority, report: ReportState, rollups: SignedRollups, level: int, held: HeldSignature | None = None
) -> None:
    """Who signed a roll-up of the day above this level does not prepare (level 0) or sign here. Raises SamePerson."""
    require_other_persons(authority, rollups.signers_above(level, report.duty.district), level, held)


def require_signer(
    authority: Authority, report: ReportState, site: OrganisationState, level: int, held: HeldSignature | None
) -> datetime | None:
    """Three levels, three persons; at an exempt small site the preparer may sign level 1. Until when that holds.

    Raises SamePerson.
    """
    if persons_of(authority, held).isdisjoint(report.persons_beside(level, exempt=False)):
        return authority.valid_until
    exempt = _is_exempt(authority, site)
    require_other_persons(authority, report.persons_beside(level, exempt=exempt), level, held)
    return _exempt_until(authority, site)


def _is_exempt(authority: Authority, site: OrganisationState) -> bool:
    """The exemption is the site's own: an heir's people answer for it, and have no part in it."""
    return authority.organisation == site.organisation and site.small_site_exempt_at(authority.acting.at)


def _exempt_until(authority: Authority, site: OrganisationState) -> datetime | None:
    return earliest(authority.valid_until, site.small_site_exempt_until(authority.acting.at))


def _answering(report: ReportState) -> str:
    """The school, or after an inheritance the heir alone."""
    return report.heir or report.duty.school
