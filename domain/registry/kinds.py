"""The closed sets of the registry: kinds of organisations, roles, levels, calendars."""

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is. The six site kinds are those that can owe reports."""

    BUREAU = "bureau"
    SECTION = "section"
    DISTRICT = "district"
    KINDERGARTEN = "kindergarten"
    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"
    VOCATIONAL = "vocational"
    TRAINING = "training"


SCHOOL_KINDS = frozenset(
    {
        OrganisationKind.KINDERGARTEN,
        OrganisationKind.PRIMARY,
        OrganisationKind.JUNIOR,
        OrganisationKind.SENIOR,
        OrganisationKind.VOCATIONAL,
    }
)
"""Schools and kindergartens, the article's 403. Training institutions are sites too, but not schools."""
SITE_KINDS = SCHOOL_KINDS | {OrganisationKind.TRAINING}


class Role(StrEnum):
    """The roles that an appointment gives. The organisation of the appointment bounds them."""

    REPORTER = "school.reporter"
    CLASS_TEACHER = "school.class_teacher"
    PRINCIPAL = "school.principal"
    DISTRICT_REVIEWER = "district.reviewer"
    SECTION_OFFICER = "bureau.section"
    REGISTRAR = "bureau.registrar"
    INSPECTOR = "inspector"
    DISCIPLINE = "discipline"
    CLOCK = "machine.clock"


class Level(StrEnum):
    """The level of a task force or group."""

    BUREAU = "bureau"
    DISTRICT = "district"
    SCHOOL = "school"


class GroupPurpose(StrEnum):
    """What a group is for. A closed set: free text would be personal, and could only be sealed."""

    LEADING = "leading"  # 领导
    DISSUASION = "dissuasion"  # 劝返
    SCREENING = "screening"  # 排查
    CONTACT = "contact"  # 联络
    LOGISTICS = "logistics"  # 后勤保障
    PUBLICITY = "publicity"  # 宣传
    OTHER = "other"


class CalendarName(StrEnum):
    """Three calendars, not one: daily reporting (every day), working days, legal periods (calendar days and months)."""

    DAILY = "daily"
    WORKING = "working"
    LEGAL = "legal"
