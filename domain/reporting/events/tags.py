"""The tags that several events of reporting share."""

from domain.reporting.identifiers import parts_of, rollup_id
from domain.signing.held_signature import HeldSignature


def report_tags(report: str, district: str) -> tuple[str, ...]:
    form, day, school = parts_of(report)
    return (f"report:{report}", f"school:{school}", f"rollup:{rollup_id(form, day, district)}")


def person_tags(person: str, on_behalf_of: str | None, held: HeldSignature | None = None) -> tuple[str, ...]:
    """Who acted, on whose behalf, and who attested the paper that was signed by hand."""
    attested_by = None if held is None else held.attested_by
    return tuple(f"person:{each}" for each in (person, on_behalf_of, attested_by) if each is not None)
