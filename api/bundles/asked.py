"""What a bundle may be asked for: a report, a school's days, or single positions."""

from dataclasses import dataclass
from datetime import date

from domain.evidence.canonical_json import canonical_json
from domain.reporting.identifiers import parts_of

MOST_POSITIONS = 1000
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """Everything about one report, and the roll-ups of its day. Raises Invalid when the name is none."""

    report: str

    def __post_init__(self) -> None:
        parts_of(self.report)

    def plain(self) -> dict[str, object]:
        """For the manifest."""
        return {"kind": "report", "report": self.report}


@dataclass(frozen=True, slots=True)
class SchoolAsked:
    """The same of every report of a school, from the first day to the last, both included."""

    school: str
    first: date
    last: date

    def plain(self) -> dict[str, object]:
        """For the manifest."""
        return {"kind": "school", "school": self.school, "from": self.first.isoformat(), "to": self.last.isoformat()}


@dataclass(frozen=True, slots=True)
class PositionsAsked:
    """Single entries."""

    positions: tuple[int, ...]

    def plain(self) -> dict[str, object]:
        """For the manifest."""
        return {"kind": "positions", "positions": sorted(set(self.positions))}


Asked = ReportAsked | SchoolAsked | PositionsAsked


def asked_text(asked: Asked) -> str:
    """What was asked, in one line."""
    return canonical_json(asked.plain()).decode()
