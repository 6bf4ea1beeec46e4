"""Register a section, a district or a site."""

from datetime import date
from typing import Final

from domain.ledger.command import Command
from domain.registry.authority import Acting, Authority
from domain.registry.errors import BureauOnlyFounded, OrganisationCodeTaken, OrganisationTaken, WrongParent
from domain.registry.events import SITE_KINDS, OrganisationKind, OrganisationRegistered
from domain.registry.organisation import OrganisationCode, OrganisationState
from domain.registry.wording import require_code, require_name

PARENT_KIND: Final = {
    OrganisationKind.SECTION: OrganisationKind.BUREAU,
    OrganisationKind.DISTRICT: OrganisationKind.BUREAU,
    **dict.fromkeys(SITE_KINDS, OrganisationKind.DISTRICT),
}


class RegisterOrganisation(Command):
    """Enter an organisation under its parent, valid from ``opened_on``. Neither id nor code was ever used before."""

    name = "register_organisation"

    def __init__(
        self,
        *,
        acting: Acting,
        organisation: str,
        kind: OrganisationKind,
        code: str,
        name: str,
        parent: str,
        opened_on: date,
        public: bool,
    ) -> None:
        self.kind = kind
        self.organisation_name = name
        self.opened_on = opened_on
        self.public = public
        self.authority = Authority(acting)
        self.organisation = OrganisationState(organisation)
        self.code = OrganisationCode(code)
        self.parent = OrganisationState(parent)
        self.perspectives = (self.authority, self.organisation, self.code, self.parent)

    def execute(self) -> None:
        """Raises: Invalid; refusals of authority; what the guards below name."""
        require_code("code", self.code.code)
        require_name("name", self.organisation_name)
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        if self.kind is OrganisationKind.BUREAU:
            raise BureauOnlyFounded(organisation=self.organisation.organisation)
        if self.organisation.is_registered:
            raise OrganisationTaken(organisation=self.organisation.organisation)
        if self.code.carrier is not None:
            raise OrganisationCodeTaken(code=self.code.code, organisation=self.code.carrier)
        self.parent.require_never_closed(self.opened_on)
        if self.parent.kind is not PARENT_KIND[self.kind]:
            raise WrongParent(kind=self.kind.value, parent=self.parent.organisation, parent_kind=str(self.parent.kind))
        self.record(
            OrganisationRegistered(
                organisation=self.organisation.organisation,
                kind=self.kind,
                code=self.code.code,
                name=self.organisation_name,
                parent=self.parent.organisation,
                opened_on=self.opened_on,
                public=self.public,
            )
        )
