"""Register a person under a pseudonym."""

from domain.ledger.command import Command
from domain.ledger.event import Commitment
from domain.registry.authority import Acting, Authority
from domain.registry.errors import PersonCodeTaken, PersonTaken
from domain.registry.events import PersonRegistered
from domain.registry.person import PersonCode, PersonState
from domain.registry.wording import require_person_code


class RegisterPerson(Command):
    """Enter a person; name and telephone number are in the vault. Neither id nor code was ever used before."""

    name = "register_person"

    def __init__(
        self, *, acting: Acting, person: str, code: str, name: Commitment, phone: Commitment | None = None
    ) -> None:
        self.person_name = name
        self.phone = phone
        self.authority = Authority(acting)
        self.person = PersonState(person)
        self.code = PersonCode(code)
        self.perspectives = (self.authority, self.person, self.code)

    def execute(self) -> None:
        """Raises: Invalid; refusals of authority; PersonTaken, PersonCodeTaken."""
        require_person_code("code", self.code.code)
        self.authority.require_registrar()
        self.recorded_before = self.authority.valid_until
        if self.person.code is not None:
            raise PersonTaken(person=self.person.person)
        if self.code.carrier is not None:
            raise PersonCodeTaken(code=self.code.code, person=self.code.carrier)
        self.record(
            PersonRegistered(person=self.person.person, code=self.code.code, name=self.person_name, phone=self.phone)
        )
