"""The article's figures counted a second time, straight over raw entries: plain dictionaries, none of our folds.

It knows the names of event types and of their fields, and nothing else of the program: no event class, no view.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

SCHOOLS = {"kindergarten", "primary", "junior", "senior", "vocational"}


def count_figures(entries: Iterable[bytes], day: str) -> dict[str, int]:
    """Rows 2 to 10 of the table as of the end of a day (``YYYY-MM-DD``); "4 due" and "4 answered" are its coverage."""
    events = [(each["type"], each["payload"]) for each in map(json.loads, entries)]

    def of(*types: str) -> Iterable[Mapping[str, Any]]:
        return (payload for name, payload in events if name in types)

    registered = {each["organisation"]: each for each in of("OrganisationRegistered")}
    gone = {each["organisation"] for each in of("SiteClosed") if each["closed_on"] <= day}
    gone |= {each["organisation"] for each in of("SiteMerged") if each["merged_on"] <= day}
    ever = [
        name for name, each in registered.items() if each["kind"] in SCHOOLS and each["opened_on"] <= day
    ]  # whether they are still there or not
    schools = [name for name in ever if name not in gone]
    people = newest(
        day,
        (
            (each["organisation"], each["as_of"], each["staff"] + sum(row["students"] for row in each["classes"]))
            for each in of("RosterDeclared")
        ),
    )
    parents = newest(
        day,
        [(name, each["opened_on"], each["parent"]) for name, each in registered.items()]
        + [(each["organisation"], each["moved_on"], each["to_parent"]) for each in of("SiteMoved")],
    )
    bureaus = {each["bureau"] for each in of("BureauFounded")}
    reports: dict[str, int | None] = {}
    for name, each in events:
        if name in ("ReportSubmitted", "ReportCorrected"):
            reports[each["report"]] = each["content"]["counts"]["suspected"] + each["content"]["counts"]["confirmed"]
        elif name == "ReportWithdrawn":
            reports[each["report"]] = None
    due: set[str] = set()
    for name, each in events:
        if name == "DutyOpened" and each["business_date"] <= day:
            due.add(each["report"])
        elif name == "DutyLifted":
            due.discard(each["report"])
    dissolved = {each["group"] for each in of("GroupDissolved")}
    forces = [each for each in of("TaskForceFormed") if each["task_force"] not in dissolved]
    levels = {each["group"]: each["level"] for each in of("GroupFormed") if each["group"] not in dissolved}
    below = {group for group, level in levels.items() if level in ("district", "school")}
    inside: dict[tuple[str, str], bool] = {}
    for name, each in events:
        if name in ("GroupMemberAssigned", "GroupMemberReleased"):
            inside[each["group"], each["person"]] = name == "GroupMemberAssigned"
    rules = [each for each in of("RulesAdopted") if each["effective_from"] <= day]
    return {
        "2": len(schools),
        "3": sum(people.get(school, 0) for school in schools),
        "4": sum(cases or 0 for cases in reports.values()),
        "4 due": len(due),
        "4 answered": sum(reports.get(report) is not None for report in due),
        "5": sum(each["level"] == "bureau" for each in forces),
        "6": max(levels_above(school, parents, bureaus) for school in ever),
        "7": len(rules[-1]["deadlines"]),
        "8": sum(level == "bureau" for level in levels.values()),
        "9": len(below),
        "10": len({person for (group, person), member in inside.items() if member and group in below}),
    }


def newest(day: str, told: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    """By subject, what was told for the latest day up to ``day``; of one day, what was told last."""
    found: dict[str, tuple[str, Any]] = {}
    for subject, since, value in told:
        if since <= day and (subject not in found or found[subject][0] <= since):
            found[subject] = (since, value)
    return {subject: value for subject, (_, value) in found.items()}


def levels_above(place: str, parents: Mapping[str, str], bureaus: set[str]) -> int:
    """How many levels there are from a place up to a bureau, both counted."""
    return 1 if place in bureaus else 1 + levels_above(parents[place], parents, bureaus)
