"""The paths that show that the roll-ups of a bundle hold its reports, from what stood below when each was built."""

from collections.abc import Mapping

from api.bundles.gathering import Gathering
from domain.evidence.coverage import Coverage, cover
from domain.ledger.ports import EventLog
from domain.ledger.query import boundary_query
from domain.reporting.events import ReportCorrected, ReportSigned, ReportSubmitted, RollupBuilt
from domain.reporting.rollup_state import RollupState


async def coverage_of(log: EventLog, gathering: Gathering) -> Mapping[str, Coverage]:
    """By file name: of every roll-up that the bundle holds, each child whose digest the bundle holds as well."""
    events = [each.event for each in gathering.entries.values()]
    known = {
        each.digest
        for each in events
        if isinstance(each, ReportSubmitted | ReportCorrected | ReportSigned | RollupBuilt)
    }
    files: dict[str, Coverage] = {}
    for rollup in sorted({each.rollup for each in events if isinstance(each, RollupBuilt)}):
        state = RollupState(rollup)
        reading = await log.read(boundary_query([*state.consistency_boundary()]), upto=max(gathering.entries))
        for recorded in reading.events:
            event = recorded.event
            if recorded.position in gathering.entries and isinstance(event, RollupBuilt) and event.rollup == rollup:
                # Before it is folded: this is what it was built from.
                children = sorted(state.children())
                for index, child in enumerate(children):
                    if len(child) > 1 and child[1] in known:
                        files[f"coverage/{recorded.position}.{index}.json"] = cover(children, index)
            event.mutate(state)
    return files
