"""Import a table: all of its rows, or none."""

from collections.abc import Callable, Mapping, Sequence

from domain.ledger.command import Command
from domain.ledger.errors import Refusal
from domain.ledger.event import Event
from domain.ledger.slice import Selector, Tagged
from domain.registry.authority import Acting
from domain.registry.events import EVENTS
from domain.registry.import_rows import RowError, Table
from domain.registry.importing import Import, Personal, check
from domain.registry.rehearsal import Rehearsal


class TableRefused(Refusal):
    """Rows of the table are wrong, or not allowed as things stand; ``errors`` says which, and nothing is recorded."""

    code = "table_refused"

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(errors=len(errors))
        self.errors = tuple(errors)


class ImportTable(Command):
    """The rows of a table as one decision, and so as one append.

    Its boundary is the whole registry: any row may rest on anything in it. Who changes the registry meanwhile is
    seen, and every row is checked anew. ``names`` are the ids that rows enter, and ``sealed`` the commitments of
    personal cells by row and field; both are made before, so that every try decides the same.
    """

    name = "import_table"

    def __init__(
        self,
        *,
        acting: Acting,
        importing: Import,
        table: Table,
        name_of: Callable[[int], str],
        sealed: Mapping[tuple[int, str], str],
        advance: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self.acting = acting
        self.importing = importing
        self.table = table
        self.name_of = name_of
        self.sealed = sealed
        self.advance = advance
        self.rehearsal = Rehearsal()
        self.rows = 0
        self.personal: Sequence[Personal] = ()
        """The personal cells of the rows; known once it is decided."""

    def consistency_boundary(self) -> Sequence[Selector]:
        """Everything that the registry holds."""
        return [Selector(types=list(EVENTS), tags=[])]

    def fold(self, event: Event) -> None:
        """Let it have happened, for the rows to be checked against."""
        self.rehearsal.take(event)

    def execute(self) -> None:
        """Raises TableRefused."""
        checked = check(
            self.table,
            self.importing,
            self.rehearsal,
            self.acting,
            name_of=self.name_of,
            sealed=self.sealed,
            advance=self.advance,
        )
        self.rows, self.personal = checked.rows, checked.personal
        if checked.errors:
            raise TableRefused(checked.errors)
        self.recorded_before = checked.recorded_before
        # Not by ``record``, which folds: the rehearsal has taken them, row by row.
        self.new_decisions += [Tagged(list(event.tags()), event) for event in checked.events]
