"""Which office each level needs, and that whoever decided held it at the instant.

Level 0 attests for the school, level 1 is its principal, level 2 a reviewer of the district, level 3 an officer of a
section of the bureau. The rules are those of ``domain/reporting/levels.py``.
"""

from collections.abc import Iterable
from typing import Final

from domain.evidence.authority import Act, Authorities, Office
from domain.evidence.decisions import SignedDecision, Subjects, subject_parts
from domain.evidence.entry import Entry, instant_text
from domain.evidence.exemptions import Exemptions
from domain.evidence.verdict import Reason, Unproved

_ROLES: Final = {
    0: ("school.reporter", "school.principal"),
    1: ("school.principal",),
    2: ("district.reviewer",),
    3: ("bureau.section",),
}


class OfficesNeeded:
    """Judges the authority of decisions by a bundle's entries."""

    def __init__(self, entries: Iterable[Entry], subjects: Subjects) -> None:
        entries = tuple(entries)
        self._authorities = Authorities(entries)
        self._subjects = subjects
        self._sections = [each.payload for each in entries if each.type == "OrganisationRegistered"]
        self.exemptions = Exemptions(entries)

    def require(self, decision: SignedDecision) -> None:
        """Raises Unproved, MalformedError."""
        entry = decision.entry
        office = self._office(decision.person, decision.appointment, decision.delegation, entry)
        if office.role not in _ROLES.get(decision.level, ()):
            raise Unproved.invalid(Reason.WRONG_ROLE, role=office.role, level=str(decision.level))
        if decision.level == 0 and office.role == "school.principal":
            self.exemptions.require(office.organisation, entry)
        if decision.level == 3:
            self._require_section(office, self._bureau(decision))
        elif office.organisation != (needed := self._organisation(decision)):
            raise Unproved.invalid(Reason.WRONG_ORGANISATION, organisation=office.organisation, needed=needed)

    def side(self, decision: SignedDecision) -> frozenset[str]:
        """Who acted and, for a delegate, whose appointment it was: both count as one side. Raises MalformedError."""
        try:
            holder = self._office(decision.person, decision.appointment, decision.delegation, decision.entry).holder
        except Unproved:
            holder = decision.on_behalf_of or decision.person  # the step about authority says what is missing
        return frozenset({decision.person, holder, decision.on_behalf_of or holder})

    def require_office(self, person: str, appointment: str, entry: Entry, roles: frozenset[str]) -> str:
        """That whoever vouched or decided held the appointment then, or a delegation of it, with one of these roles.

        Returns who holds the appointment.

        Raises Unproved, MalformedError.
        """
        office = self._office_in_any_way(person, appointment, entry)
        if office.role not in roles:
            raise Unproved.invalid(Reason.WRONG_OFFICE, role=office.role)
        return office.holder

    def _office_in_any_way(self, person: str, appointment: str, entry: Entry) -> Office:
        """These entries name no delegation: whichever ran will do."""
        for delegation in self._authorities.delegations_to(person, appointment):
            try:
                return self._office(person, appointment, delegation, entry)
            except Unproved:
                continue
        return self._office(person, appointment, None, entry)

    def _office(self, person: str, appointment: str, delegation: str | None, entry: Entry) -> Office:
        act = Act(
            person=person,
            appointment=appointment,
            delegation=delegation,
            at=entry.received_at,
            position=entry.position,
        )
        office = self._authorities.office(act)
        if office.end is not None and entry.recorded_at >= office.end:
            # The log refuses what it could only record after the office had ended.
            raise Unproved.invalid(Reason.NOT_APPOINTED, person=person, ended_at=instant_text(office.end))
        return office

    def _organisation(self, decision: SignedDecision) -> str:
        if decision.level < 2:
            return self._subjects.answering(decision)
        if decision.kind == "rollup":
            return subject_parts(decision.subject)[2]
        return self._subjects.duty(decision).text("district")

    def _bureau(self, decision: SignedDecision) -> str:
        if decision.kind == "rollup":
            # As the signed roll-up says it: what the decision's own entry says beside its statement, nobody signed.
            return subject_parts(self._subjects.require_filed(decision).payload.text("parent"))[2]
        return self._subjects.duty(decision).text("bureau")

    def _require_section(self, office: Office, bureau: str) -> None:
        for each in self._sections:
            if each.text("organisation") == office.organisation:
                if (each.text("kind"), each.text("parent")) != ("section", bureau):
                    raise Unproved.invalid(Reason.WRONG_ORGANISATION, organisation=office.organisation, needed=bureau)
                return
        raise Unproved.not_checked(Reason.ORGANISATION_ABSENT, organisation=office.organisation)
