"""Merge a site into another."""

from datetime import date

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.events import SiteMerged
from domain.registry.offices_in import OfficesIn
from domain.registry.organisation import OrganisationState
from domain.registry.succession import offices_end_at, require_succession


class MergeSite(Command):
    """From ``merged_on`` on the site is part of ``into``, which inherits its open duties and returns.

    The offices there end with it, at the earliest now.
    """

    name = "merge_site"

    def __init__(self, *, acting: Acting, organisation: str, merged_on: date, into: str) -> None:
        self.merged_on = merged_on
        self.authority = Authority(acting)
        self.site = OrganisationState(organisation)
        self.heir = OrganisationState(into)
        self.offices = OfficesIn(organisation)
        self.perspectives = (self.authority, self.site, self.heir, self.offices)

    def execute(self) -> None:
        """Raises: refusals of authority; what ``require_succession`` raises."""
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        require_succession(self.site, self.heir, self.merged_on, self.authority.acting_on)
        self.record(
            SiteMerged(organisation=self.site.organisation, merged_on=self.merged_on, into=self.heir.organisation)
        )
        for relief in self.offices.reliefs(offices_end_at(self.merged_on, self.authority.acting.at)):
            self.record(relief)
