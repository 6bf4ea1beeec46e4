"""Record that a bundle was made for somebody."""

from collections.abc import Sequence
from typing import ClassVar

from domain.ledger.command import Command
from domain.ledger.errors import Invalid
from domain.ledger.event import Digest
from domain.ledger.events import BundleExported
from domain.ledger.slice import Selector, event


class RecordExport(Command):
    """The service records it before it hands the bundle over; ``bundle`` is a new UUID."""

    name: ClassVar[str] = "record_export"

    def __init__(self, *, bundle: str, person: str, manifest: Digest, entries: int, disclosed: int) -> None:
        self.exported = BundleExported(
            bundle=bundle, person=person, manifest=manifest, entries=entries, disclosed=disclosed
        )
        self.is_taken = False

    def consistency_boundary(self) -> Sequence[Selector]:
        """This bundle."""
        return [Selector(types=[BundleExported], tags=[f"bundle:{self.exported.bundle}"])]

    @event(BundleExported)
    def _(self, bundle: str) -> None:
        self.is_taken = self.is_taken or bundle == self.exported.bundle

    def execute(self) -> None:
        """Raises Invalid for a bundle that was recorded before."""
        if self.is_taken:
            raise Invalid("bundle", "is recorded already")
        self.record(self.exported)
