"""Adopt a version of the reporting rules: the form, who owes it on which days, and the deadlines of the levels."""

import re
from datetime import date
from typing import ClassVar, Final

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.time import at_shanghai, business_date_of
from domain.registry.authority import Acting, Authority
from domain.registry.calendar import Calendars
from domain.registry.events import SCHOOL_KINDS, SITE_KINDS, CalendarName, OrganisationKind
from domain.reporting.errors import RetroactiveRules, RulesExist
from domain.reporting.events import RulesAdopted
from domain.reporting.form_state import FORM_KEEPERS, FormState
from domain.reporting.rules_state import Rules, RulesState

CLOSES_AFTER_DAYS: Final = 366
SCHOOLS: Final = tuple(sorted(SCHOOL_KINDS))
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class AdoptRules(Command):
    """Rules hold for days from ``effective_from`` on, never for a day that has begun to lie in the past.

    A duty keeps the rules under which it was opened. If nothing else is said, every school owes the form every day;
    training institutions are sites, but no schools.
    """

    name: ClassVar[str] = "adopt_rules"

    def __init__(
        self,
        *,
        acting: Acting,
        rules: str,
        form: str,
        form_version: int,
        effective_from: date,
        deadlines: tuple[str, str, str],
        closes: str,
        closes_after_days: int,
        calendar: CalendarName = CalendarName.DAILY,
        owed_by: tuple[OrganisationKind, ...] = SCHOOLS,
    ) -> None:
        self.adopted = RulesAdopted(
            rules=rules,
            form=form,
            form_version=form_version,
            effective_from=effective_from,
            deadlines=deadlines,
            closes=closes,
            closes_after_days=closes_after_days,
            calendar=calendar,
            owed_by=owed_by,
        )
        self.authority = Authority(acting)
        self.form = FormState(form)
        self.rules = RulesState(form)
        self.perspectives = (self.authority, self.form, self.rules)

    def execute(self) -> None:
        """Raises: the refusals of Authority.require, Invalid, RulesExist, FormNotPublished, RetroactiveRules."""
        self.authority.require(FORM_KEEPERS)
        _check_rules(self.adopted)
        if any(one.rules == self.adopted.rules for one in self.rules.adopted):
            raise RulesExist(rules=self.adopted.rules)
        self.form.require(self.adopted.form_version)
        today = business_date_of(self.authority.acting.at)
        if self.adopted.effective_from < today:
            raise RetroactiveRules(effective_from=self.adopted.effective_from.isoformat(), today=today.isoformat())
        self.record(self.adopted)
        self.recorded_before = self.authority.valid_until


def _check_rules(adopted: RulesAdopted) -> None:
    if _NAME.fullmatch(adopted.rules) is None:
        raise Invalid("rules", "must be 1 to 64 letters, digits, dots, underscores or hyphens")
    if not 0 <= adopted.closes_after_days <= CLOSES_AFTER_DAYS:
        raise Invalid("closes_after_days", f"must be 0 to {CLOSES_AFTER_DAYS}")
    if len(adopted.deadlines) != 3:
        raise Invalid("deadlines", "three levels, three deadlines")
    day = adopted.effective_from
    if day.year >= 9998:
        raise Invalid("effective_from", "lies too far in the future")
    if (
        not adopted.owed_by
        or len(set(adopted.owed_by)) != len(adopted.owed_by)
        or not SITE_KINDS.issuperset(adopted.owed_by)
    ):
        raise Invalid("owed_by", "names kinds of site, each once")
    fields = adopted.as_dict()
    del fields["form"]
    rules = Rules(**fields)
    # Only their order is looked at: no calendar changes it.
    calendars, known_at = Calendars(), at_shanghai(day, "00:00")
    first, second, third = rules.dues_on(day, calendars, known_at)
    if not first < second < third:
        raise Invalid("deadlines", "each level's deadline lies after that of the level below")
    if rules.closes_on(day, calendars, known_at) < third:
        raise Invalid("closes", "a duty closes no earlier than its last deadline")
