"""Why reporting refuses, and what in a report's content is wrong. One class per reason; the codes are stable."""

from domain.ledger.errors import Invalid, Refusal


class NoDuty(Refusal):
    """No duty was opened under this name: nothing is owed, so nothing can be answered."""

    code = "no_duty"


class NothingOwed(Refusal):
    """The school owes nothing on that day: it is closed or suspended, and misses nothing."""

    code = "nothing_owed"


class NothingToOpen(Refusal):
    """Every school named already has its duty, or owes nothing on that day."""

    code = "nothing_to_open"


class DayOutOfReach(Refusal):
    """Duties are opened for days close to today, never for a distant past or future."""

    code = "day_out_of_reach"


class NotADistrict(Refusal):
    """No district of the bureau on that day."""

    code = "not_a_district"


class NoRulesInForce(Refusal):
    """No adopted rules are effective on that day."""

    code = "no_rules_in_force"


class RulesExist(Refusal):
    """Rules of this name were adopted before; a change needs a new version."""

    code = "rules_exist"


class RetroactiveRules(Refusal):
    """Rules cannot take effect on a day before they were adopted."""

    code = "retroactive_rules"


class FormNotPublished(Refusal):
    """This version of the form was never published."""

    code = "form_not_published"


class FormVersionTaken(Refusal):
    """A form's versions count 1, 2, 3 …; this is not the next one."""

    code = "form_version_taken"


class DutyNotOver(Refusal):
    """The time to answer this duty has not ended."""

    code = "duty_not_over"


class DutyAlreadyClosed(Refusal):
    """The duty was closed before."""

    code = "duty_already_closed"


class DutyOwed(Refusal):
    """The site owes this duty on its day, or has answered it, or its absence is recorded."""

    code = "duty_owed"


class NothingLeft(Refusal):
    """Nothing is left to an heir: the duty was answered and not sent back, or was never owed."""

    code = "nothing_left"


class DutyNotInherited(Refusal):
    """The organisation that answers this duty has neither closed nor merged by now, or its heir is another."""

    code = "duty_not_inherited"


class NoRoster(Refusal):
    """The site declared no roster for that day: nobody could tell whom the report leaves out."""

    code = "no_roster"


class AlreadySubmitted(Refusal):
    """A revision stands; a change to it is a correction."""

    code = "already_submitted"


class NothingSubmitted(Refusal):
    """No revision stands: none was filed, or the newest was withdrawn."""

    code = "nothing_submitted"


class WithdrawalTooLate(Refusal):
    """Level 2 has signed; a report can now only be corrected."""

    code = "withdrawal_too_late"


class NotTheCurrentRevision(Refusal):
    """The digest is not that of the current revision. Look at what stands now, then decide."""

    code = "not_the_current_revision"


class ReturnedForCorrection(Refusal):
    """This revision was sent back; only a correction can be decided on."""

    code = "returned_for_correction"


class NotAZeroReport(Refusal):
    """Only a zero report is attested as one."""

    code = "not_a_zero_report"


class NotThePreparer(Refusal):
    """A report is attested by who prepared it."""

    code = "not_the_preparer"


class AlreadyAttested(Refusal):
    """This revision was attested before."""

    code = "already_attested"


class LevelSkipped(Refusal):
    """The level below has not signed this revision."""

    code = "level_skipped"


class AlreadySigned(Refusal):
    """This level, or one above it, has signed this revision."""

    code = "already_signed"


class SamePerson(Refusal):
    """Three levels, three persons: this person already prepared or signed at another level, in person or through a
    delegate.
    """

    code = "same_person"


class NotASection(Refusal):
    """Level 3 is a responsible section of the bureau itself."""

    code = "not_a_section"


class NotDueYet(Refusal):
    """The deadline has not passed."""

    code = "not_due_yet"


class NotMissing(Refusal):
    """What was expected of this level has arrived."""

    code = "not_missing"


class NotHandedOver(Refusal):
    """The level below has not handed the report on, so this level's time does not run."""

    code = "not_handed_over"


class MissedAlreadyRecorded(Refusal):
    """The absence of this level was recorded before."""

    code = "missed_already_recorded"


class AlreadyExcused(Refusal):
    """This level was excused before."""

    code = "already_excused"


class NothingToExcuse(Refusal):
    """The level is neither absent nor late with this report."""

    code = "nothing_to_excuse"


class NothingToRollUp(Refusal):
    """No duty of this district or bureau was opened for the day."""

    code = "nothing_to_roll_up"


class NothingNew(Refusal):
    """A supplementary roll-up needs a difference to the one before."""

    code = "nothing_new"


class SupplementedToday(Refusal):
    """At most one supplementary roll-up a day."""

    code = "supplemented_today"


class RollupNotBuilt(Refusal):
    """There is no such roll-up yet."""

    code = "rollup_not_built"


class OutageExists(Refusal):
    """An outage of this name was declared before."""

    code = "outage_exists"


class ReminderExists(Refusal):
    """A reminder of this name was sent before."""

    code = "reminder_exists"


class ReminderUnknown(Refusal):
    """No such reminder was sent for this report."""

    code = "reminder_unknown"


class ReminderAlreadyServed(Refusal):
    """The reminder was served before."""

    code = "reminder_already_served"


class NotInOffice(Refusal):
    """Reminded is who holds an office at the level that owes."""

    code = "not_in_office"


class NotTheAddressee(Refusal):
    """A reminder is served to its addressee: opened by that person, or in a call that this person answered."""

    code = "not_the_addressee"


class UnknownField(Invalid):
    """The form has no such field."""

    code = "unknown_field"


class MissingField(Invalid):
    """A required field is absent."""

    code = "missing_field"


class WrongValue(Invalid):
    """The value is not of the field's kind, or not one of its choices."""

    code = "wrong_value"


class AboveMaximum(Invalid):
    """The value exceeds the field's maximum."""

    code = "above_maximum"


class ArithmeticBroken(Invalid):
    """The counts break an arithmetic rule of the form."""

    code = "arithmetic_broken"


class ClassUnknown(Invalid):
    """The site's roster has no such class."""

    code = "class_unknown"


class ClassTwice(Invalid):
    """A class appears twice."""

    code = "class_twice"


class ClassMissedUnseen(Invalid):
    """A class of the roster has no row and is not named as missing."""

    code = "class_missed_unseen"


class PersonMissed(Invalid):
    """Present and absent do not make up the class."""

    code = "person_missed"


class RosterDiffers(Invalid):
    """The counts of people are not those of the declared roster, and the report does not say why."""

    code = "roster_differs"


class ZeroNotAttested(Invalid):
    """A zero report is an attestation: it says so, and no positive report carries it."""

    code = "zero_not_attested"


class NatureContradicted(Invalid):
    """A zero report has a positive count, or a positive report has none."""

    code = "nature_contradicted"


class PreparedByAnother(Invalid):
    """Who files a report is who prepared it."""

    code = "prepared_by_another"


class FormMalformed(Invalid):
    """The form contradicts itself."""

    code = "form_malformed"
