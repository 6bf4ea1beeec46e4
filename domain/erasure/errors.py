"""Why erasure refuses. One class per reason; the codes are stable."""

from domain.ledger.errors import NotFound, Refusal


class ErasureUnknown(NotFound):
    """No erasure of this name was proposed."""

    code = "erasure_unknown"


class ErasureTaken(Refusal):
    """An erasure of this name was proposed already."""

    code = "erasure_taken"


class ErasureDecided(Refusal):
    """The erasure was approved or declined already."""

    code = "erasure_decided"


class ErasureNotApproved(Refusal):
    """Nothing is destroyed that was not approved."""

    code = "erasure_not_approved"


class DestructionRecorded(Refusal):
    """The destruction of these keys is recorded already."""

    code = "destruction_recorded"


class SecondPersonNeeded(Refusal):
    """Two persons decide: who proposed an erasure, in person or by a delegate, does not approve it."""

    code = "second_person_needed"


class UnderLegalHold(Refusal):
    """A legal hold protects these subjects, or an organisation that they or their values belong to."""

    code = "under_legal_hold"


class StillInOffice(Refusal):
    """These persons hold an office, or will: they are relieved first, and keep a name and a number until then."""

    code = "still_in_office"


class NotAPerson(Refusal):
    """This is an organisation: all of a school is never erased, only keys of years that are over."""

    code = "not_a_person"


class TermStillRuns(Refusal):
    """The year of a key is not over: what is sealed this year would find no key."""

    code = "term_still_runs"


class NotDue(Refusal):
    """No retention period was adopted for a purpose, or it is not over."""

    code = "not_due"


class HoldUnknown(NotFound):
    """No legal hold of this name was placed."""

    code = "hold_unknown"


class HoldTaken(Refusal):
    """A legal hold of this name was placed already."""

    code = "hold_taken"


class HoldOver(Refusal):
    """The legal hold has ended already."""

    code = "hold_over"


class SameRetention(Refusal):
    """This period and source are in force already."""

    code = "same_retention"
