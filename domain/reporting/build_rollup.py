"""Build the day's roll-up of a district, or of the bureau, from what stands below."""

from typing import ClassVar

import msgspec

from domain.ledger.command import Command
from domain.ledger.time import business_date_of
from domain.registry.authority import Acting, Authority
from domain.registry.events import Role
from domain.reporting.digests import rollup_digest, rollup_root
from domain.reporting.errors import NothingNew, NothingToRollUp, SupplementedToday
from domain.reporting.events import RollupBuilt
from domain.reporting.identifiers import rollup_id
from domain.reporting.levels import require_section, section_states
from domain.reporting.rollup_state import RollupState


class BuildRollup(Command):
    """Nobody hands in the figures: they are counted here, and the gaps are named.

    Built again only when something below differs. What is built after a revision was signed is a supplement: at most
    one is signed a day (in Shanghai); what was never signed, or was sent back, uses up nothing. For the bureau's,
    ``section`` is the officer's section.
    """

    name: ClassVar[str] = "build_rollup"

    def __init__(self, *, acting: Acting, origin: str, rollup: str, section: str | None = None) -> None:
        self.origin = origin
        self.authority = Authority(acting)
        self.rollup = RollupState(rollup)
        self.sections = section_states(section)
        self.perspectives = (self.authority, self.rollup, *self.sections)

    def execute(self) -> None:
        """Raises: NothingToRollUp, the refusals of Authority.require, NotASection, NothingNew, SupplementedToday."""
        state = self.rollup
        level = state.level
        if state.bureau is None:
            raise NothingToRollUp(rollup=state.rollup)
        if level == 3:
            require_section(self.authority, self.sections, state.bureau)
        else:
            self.authority.require(Role.DISTRICT_REVIEWER, state.organisation)
        today = business_date_of(self.authority.acting.at)
        before, signed = state.latest, state.signed
        if before is not None and not before.returned and not state.is_outdated:
            raise NothingNew(rollup=state.rollup, revision=before.revision)
        changed = None if signed is None else state.changed_since(signed)
        if signed is not None and not changed:
            # What a draft had supplemented was taken back: the signed revision shows what stands again.
            raise NothingNew(rollup=state.rollup, revision=signed.revision)
        if signed is not None and signed.supplemented_on == today:
            raise SupplementedToday(rollup=state.rollup, today=today.isoformat())
        figures = state.figures()
        built = RollupBuilt(
            rollup=state.rollup,
            parent=rollup_id(state.form, state.business_date, state.bureau),
            level=level,
            form=state.form,
            organisation=state.organisation,
            business_date=state.business_date,
            revision=len(state.built) + 1,
            expected=figures.expected,
            covered=figures.covered,
            missing=figures.missing,
            excused=figures.excused,
            unsigned=figures.unsigned,
            not_owed=figures.not_owed,
            sums=figures.sums,
            root=rollup_root(state.children()),
            digest="",
            person=self.authority.acting.person,
            changed=changed,
            supplemented_on=None if signed is None else today,
        )
        self.record(msgspec.structs.replace(built, digest=rollup_digest(self.origin, built)))
        self.recorded_before = self.authority.valid_until
