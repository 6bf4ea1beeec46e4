"""Events of reporting: forms, rules, duties, reports, signatures, roll-ups, reminders, outages.

Tags: ``report:`` is one duty with all its revisions and signatures (the boundary of nearly every command);
``school:`` is the trail of a school; ``rollup:`` is what a district's or the bureau's roll-up of the day must cover,
so that a roll-up decides over exactly the reports of its day; ``person:`` is who acted.
Lateness is derived from deadlines and ``received_at``, never stored. Free text is sealed.
"""

from domain.ledger.event import Event
from domain.reporting.events.content import (
    ClassRow,
    Content,
    Nature,
    PersonStatus,
    Source,
)
from domain.reporting.events.duties import (
    DutyClosed,
    DutyExcused,
    DutyInherited,
    DutyLifted,
    DutyMissed,
    DutyOpened,
)
from domain.reporting.events.forms import (
    ArithmeticRule,
    FieldKind,
    FormField,
    FormPublished,
    RulesAdopted,
)
from domain.reporting.events.notices import (
    OutageDeclared,
    ReminderSent,
    ReminderServed,
)
from domain.reporting.events.reports import (
    ReportCorrected,
    ReportDrafted,
    ReportReturned,
    ReportSigned,
    ReportSubmitted,
    ReportWithdrawn,
    SignatureRefused,
    ZeroAttested,
)
from domain.reporting.events.rollups import (
    RollupBuilt,
    RollupReturned,
    RollupSigned,
)

EVENTS: tuple[type[Event], ...] = (
    FormPublished,
    RulesAdopted,
    DutyOpened,
    DutyClosed,
    DutyLifted,
    DutyInherited,
    DutyExcused,
    DutyMissed,
    ReportDrafted,
    ReportSubmitted,
    ReportCorrected,
    ReportWithdrawn,
    ReportSigned,
    ReportReturned,
    SignatureRefused,
    ZeroAttested,
    RollupBuilt,
    RollupSigned,
    RollupReturned,
    ReminderSent,
    ReminderServed,
    OutageDeclared,
)

__all__ = [
    "EVENTS",
    "ArithmeticRule",
    "ClassRow",
    "Content",
    "DutyClosed",
    "DutyExcused",
    "DutyInherited",
    "DutyLifted",
    "DutyMissed",
    "DutyOpened",
    "FieldKind",
    "FormField",
    "FormPublished",
    "Nature",
    "OutageDeclared",
    "PersonStatus",
    "ReminderSent",
    "ReminderServed",
    "ReportCorrected",
    "ReportDrafted",
    "ReportReturned",
    "ReportSigned",
    "ReportSubmitted",
    "ReportWithdrawn",
    "RollupBuilt",
    "RollupReturned",
    "RollupSigned",
    "RulesAdopted",
    "SignatureRefused",
    "Source",
    "ZeroAttested",
]
