"""The tags that several events of reporting share."""

from domain.reporting.identifiers import parts_of, rollup_id


def report_tags(report: str, district: str) -> tuple[str, ...]:
    form, day, school = parts_of(report)
    return (f"report:{report}", f"school:{school}", f"rollup:{rollup_id(form, day, district)}")


def person_tags(person: str, on_behalf_of: str | None) -> tuple[str, ...]:
    return (f"person:{person}",) if on_behalf_of is None else (f"person:{person}", f"person:{on_behalf_of}")
