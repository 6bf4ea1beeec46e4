"""Names of reports and roll-ups: natural keys, so that a second duty for the same day is the same tag.

``f1.2020-02-09.<school>`` is what a school owes for a day on form F1; ``f2-f1.2020-02-09.<organisation>`` is the
roll-up (F2) of that form, of a district or of the bureau: a day has one for each form. At most 64 characters, and fit a
tag.
"""

from datetime import date

from domain.ledger.errors import Invalid


def report_id(form: str, business_date: date, organisation: str) -> str:
    """The subject of one duty: form, day, organisation."""
    return f"{form.lower()}.{business_date.isoformat()}.{organisation}"


def rollup_id(form: str, business_date: date, organisation: str) -> str:
    """The roll-up (F2) of a form, of a district or the bureau, for a day."""
    return report_id(f"f2-{form}", business_date, organisation)


def parts_of(identifier: str) -> tuple[str, date, str]:
    """(form, business date, organisation) of a report or roll-up. Raises Invalid when it is not one."""
    try:
        form, text, organisation = identifier.split(".")
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("report", "must be form.YYYY-MM-DD.organisation") from error
    if day.isoformat() != text:
        # A second way of writing the day would be a second name for one duty.
        raise Invalid("report", "must be form.YYYY-MM-DD.organisation")
    return form, day, organisation
