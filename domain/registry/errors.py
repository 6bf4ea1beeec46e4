"""Why the registry refuses. One class per reason, each with a stable code; ``details`` never hold personal data."""

from domain.ledger.errors import Refusal


class NotAppointed(Refusal):
    """The person does not hold this appointment at the instant of the act."""

    code = "not_appointed"


class NotDelegated(Refusal):
    """The delegation is not of this appointment, not for this person, or does not run at the instant of the act."""

    code = "not_delegated"


class WrongRole(Refusal):
    """The appointment gives another role than the act needs."""

    code = "wrong_role"


class WrongOrganisation(Refusal):
    """The appointment is in another organisation than the act concerns."""

    code = "wrong_organisation"


class RegistryNotEmpty(Refusal):
    """A bureau is founded once, before anything else is in the registry."""

    code = "registry_not_empty"


class OrganisationUnknown(Refusal):
    """No organisation with this id is registered."""

    code = "organisation_unknown"


class OrganisationTaken(Refusal):
    """An organisation with this id is already registered."""

    code = "organisation_taken"


class OrganisationCodeTaken(Refusal):
    """Another organisation carries this code."""

    code = "organisation_code_taken"


class NotASite(Refusal):
    """Only a school, kindergarten or training institution can do this; the organisation is none of them."""

    code = "not_a_site"


class WrongParent(Refusal):
    """This kind cannot belong to that one: sites belong to a district, districts and sections to the bureau."""

    code = "wrong_parent"


class BureauOnlyFounded(Refusal):
    """A bureau is founded, never registered as one organisation among others."""

    code = "bureau_only_founded"


class NotYetOpened(Refusal):
    """The day lies before the organisation opened."""

    code = "not_yet_opened"


class AlreadyClosed(Refusal):
    """The organisation is closed or merged, or will be by then; nothing reopens it."""

    code = "already_closed"


class AlreadySuspended(Refusal):
    """The site is suspended already and has not resumed."""

    code = "already_suspended"


class NotSuspended(Refusal):
    """The site is not suspended on that day."""

    code = "not_suspended"


class NotInDayOrder(Refusal):
    """A later change of the same kind is recorded already; days go forward only."""

    code = "not_in_day_order"


class HeirUnfit(Refusal):
    """The heir is the site itself, no site that can answer for it, suspended or not open then, or is to end itself."""

    code = "heir_unfit"


class StandsAsHeir(Refusal):
    """The site inherits from another on that day or later; it must still be there then."""

    code = "stands_as_heir"


class NeverAbolished(Refusal):
    """Only a district or a section is abolished: a site is closed or merged, and the bureau stays."""

    code = "never_abolished"


class StillBelow(Refusal):
    """A site belongs to the district on that day, or did in the seven days before."""

    code = "still_below"


class SameDistrict(Refusal):
    """The site belongs to this district already."""

    code = "same_district"


class ClassRepeated(Refusal):
    """A roster names one class twice."""

    code = "class_repeated"


class TooLongAgo(Refusal):
    """What takes effect in the past lies at most 31 days back: older days are reported, signed and counted."""

    code = "too_long_ago"


class EmptyInterval(Refusal):
    """The interval ends before it begins, or at the same instant."""

    code = "empty_interval"


class AlreadyExempt(Refusal):
    """A small-site exemption already holds in a part of this interval."""

    code = "already_exempt"


class NotExempt(Refusal):
    """No small-site exemption runs at that instant."""

    code = "not_exempt"


class PersonUnknown(Refusal):
    """No person with this id is registered."""

    code = "person_unknown"


class PersonTaken(Refusal):
    """A person with this id is already registered."""

    code = "person_taken"


class PersonCodeTaken(Refusal):
    """Another person carries this code."""

    code = "person_code_taken"


class AppointmentTaken(Refusal):
    """An appointment with this id exists already."""

    code = "appointment_taken"


class AppointmentUnknown(Refusal):
    """No appointment with this id exists."""

    code = "appointment_unknown"


class RoleUnfit(Refusal):
    """This role does not exist in that kind of organisation."""

    code = "role_unfit"


class AlreadyAppointed(Refusal):
    """The person already holds this role in this organisation in a part of the interval."""

    code = "already_appointed"


class OutsideAppointment(Refusal):
    """The interval reaches beyond the appointment that it rests on."""

    code = "outside_appointment"


class ActingForOneself(Refusal):
    """Nobody stands in for, or delegates to, the own person."""

    code = "acting_for_oneself"


class AlreadyRelieved(Refusal):
    """The appointment has ended by then, or its end is recorded already."""

    code = "already_relieved"


class RelievedBeforeAppointed(Refusal):
    """The relief lies before the appointment begins."""

    code = "relieved_before_appointed"


class EndsInThePast(Refusal):
    """An end lies before the act that sets it: what was done until then was done with authority."""

    code = "ends_in_the_past"


class LastRegistrar(Refusal):
    """Nobody could act in the registry any more: another registrar, appointed without an end, must hold by then."""

    code = "last_registrar"


class DelegationTaken(Refusal):
    """A delegation with this id exists already."""

    code = "delegation_taken"


class DelegationUnknown(Refusal):
    """No delegation with this id exists under this appointment."""

    code = "delegation_unknown"


class DelegationOver(Refusal):
    """The delegation has ended or is revoked already."""

    code = "delegation_over"


class NotTheHolder(Refusal):
    """Only the holder delegates, in person: never under a delegation, and never another's appointment."""

    code = "not_the_holder"


class GroupTaken(Refusal):
    """A group or task force with this id exists already."""

    code = "group_taken"


class GroupUnknown(Refusal):
    """No group with this id exists."""

    code = "group_unknown"


class GroupOver(Refusal):
    """The group is dissolved."""

    code = "group_over"


class CoversNothing(Refusal):
    """A group or task force covers at least one organisation, and each only once."""

    code = "covers_nothing"


class AlreadyMember(Refusal):
    """The person is a member of this group."""

    code = "already_member"


class NotAMember(Refusal):
    """The person is not a member of this group."""

    code = "not_a_member"


class LevelUnfit(Refusal):
    """The level is not that of the organisation that forms the group or task force."""

    code = "level_unfit"


class SpanTaken(Refusal):
    """A part of this span of days is published already; single days are changed, not published again."""

    code = "span_taken"


class DayOutsideSpan(Refusal):
    """An exceptional day lies outside the days that are published."""

    code = "day_outside_span"


class DayContradicts(Refusal):
    """A day is named twice, or both as a working day and as a day of rest."""

    code = "day_contradicts"


class NothingChanged(Refusal):
    """The change names no day, or changes none."""

    code = "nothing_changed"


class EveryDayCounts(Refusal):
    """Only the working calendar has days of rest; daily and legal calendars count every day."""

    code = "every_day_counts"


class KnownOutOfOrder(Refusal):
    """A change cannot be known before the calendar it changes, before an earlier change, or after the act itself."""

    code = "known_out_of_order"
