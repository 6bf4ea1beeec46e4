"""The article's figures counted a second time, straight over raw entries: plain dictionaries, none of our folds.

It knows the names of event types and of their fields, and nothing else of the program: no event class, no view.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

SCHOOLS = {"kindergarten", "primary", "junior", "senior", "vocational"}


def count_figures(entries: Iterable[bytes], day: str) -> dict[str, int]:
    """Rows 2, 3, 4, 5, 6, 8, 9, 10 of the table as of the end of a day (``YYYY-MM-DD``)."""
    events = [(each["type"], each["payload"]) for each in map(json.loads, entries)]

    def of(*types: str) -> Iterable[Mapping[str, Any]]:
        return (payload for name, payload in events if name in types)

    parents = {each["organisation"]: each["parent"] for each in of("OrganisationRegistered")}
    kinds = {each["organisation"]: each["kind"] for each in of("OrganisationRegistered")}
    gone = {each["organisation"] for each in of("SiteClosed") if each["closed_on"] <= day}
    schools = {
        each["organisation"]
        for each in of("OrganisationRegistered")
        if each["kind"] in SCHOOLS and each["opened_on"] <= day and each["organisation"] not in gone
    }
    people = {
        each["organisation"]: each["staff"] + sum(row["students"] for row in each["classes"])
        for each in of("RosterDeclared")
        if each["as_of"] <= day
    }
    newest = {each["report"]: each["content"]["counts"] for each in of("ReportSubmitted", "ReportCorrected")}
    bureaus = {each["bureau"] for each in of("BureauFounded")}
    depth = 0
    for school in schools:
        height, place = 1, school
        while place not in bureaus:
            place = parents[place]
            height += 1
        depth = max(depth, height)
    dissolved = {each["group"] for each in of("GroupDissolved")}
    levels = {each["group"]: each["level"] for each in of("GroupFormed") if each["group"] not in dissolved}
    below = {group for group, level in levels.items() if level in ("district", "school")}
    assert all(kinds[school] in SCHOOLS for school in schools)
    return {
        "2": len(schools),
        "3": sum(people[school] for school in schools),
        "4": sum(counts["suspected"] + counts["confirmed"] for counts in newest.values()),
        "5": sum(each["level"] == "bureau" for each in of("TaskForceFormed")),
        "6": depth,
        "8": sum(level == "bureau" for level in levels.values()),
        "9": len(below),
        "10": len({each["person"] for each in of("GroupMemberAssigned") if each["group"] in below}),
    }
