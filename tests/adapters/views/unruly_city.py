"""A city in which levels dawdle, refuse and are excused, and roll-ups are sent back: what views are tested on."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import msgspec

from domain.ledger.event import Event
from domain.ledger.time import at_shanghai
from domain.reporting import events as reporting
from domain.reporting.identifiers import parts_of, report_id, rollup_id
from tests.histories import COMMITMENT, CityBuilder, History, ReportOfDay, Site, digest, seal

Step = tuple[datetime, Callable[[], Event | None], timedelta]
Below = dict[str, ReportOfDay]
MINUTE = timedelta(minutes=1)


def unruly_history(seed: int) -> History:
    return UnrulyCity(seed, schools=8, districts=2, days=4).build()


class UnrulyCity(CityBuilder):
    """Everything of a city, and then some."""

    def _school_day(self, site: Site, day: date, standing: ReportOfDay) -> list[Step]:
        random, steps = self.random, super()._school_day(site, day, standing)
        if steps and random.random() < 0.3:
            steps = steps[: random.randint(1, len(steps))]
        if random.random() < 0.3:
            steps = [(at - 150 * MINUTE, happen, stalled) for at, happen, stalled in steps]
        elif random.random() < 0.6:
            cut, pause = random.randint(0, len(steps)), random.randint(60, 240) * MINUTE
            steps = steps[:cut] + [(at + pause, happen, stalled) for at, happen, stalled in steps[cut:]]
        if steps and random.random() < 0.3:
            steps = [self._in_the_last_second(day, steps[0]), *steps[1:]]
        report = report_id("f1", day, site.school)
        for level in (2, 3):
            if random.random() < 0.15:
                steps.append(_at(day, "18:30", _missed(report, site.district, level)))
            if random.random() < 0.15:
                steps.append(_at(day, "21:00", _excused(report, site.district, level)))
        if random.random() < 0.15:
            steps.append(_at(day, "15:40", _refused(report, site.district)))
        if steps and random.random() < 0.15:
            last = max(at for at, _, _ in steps) + random.randint(1, 300) * MINUTE
            steps.append((last, lambda: self._withdrawn(report, site.district, standing), timedelta()))
        return steps

    def _withdrawn(self, report: str, district: str, standing: ReportOfDay) -> Event | None:
        if standing.digest is None:
            return None
        filed = [each.event for each in self.history.events if getattr(each.event, "digest", None) == standing.digest]
        withdrawn, standing.digest = standing.digest, None
        return reporting.ReportWithdrawn(
            report=report,
            district=district,
            revision=filed[0].revision,
            digest=withdrawn,
            person="reporter",
            reason=COMMITMENT,
        )

    def _in_the_last_second(self, day: date, step: Step) -> Step:
        """The day's first act comes just in time, and is recorded after the deadline."""
        at, happen, _ = step
        due = at_shanghai(day, "15:00")
        return (due - timedelta(seconds=1), happen, timedelta(seconds=30)) if at < due else step

    def _rollups(
        self, name: str, level: int, organisation: str, day: date, below: dict[str, ReportOfDay]
    ) -> list[Step]:
        steps = super()._rollups(name, level, organisation, day, below)
        if level == 2 and len(steps) > 1 and self.random.random() < 0.4:
            at = steps[1][0] + self.random.choice([2, 20, 120]) * MINUTE
            steps.append((at, lambda: self._sent_back(name, day), timedelta()))
        if level == 3:
            steps = [
                (at, lambda happen=happen: self._without_districts(happen(), day), late) for at, happen, late in steps
            ]
        return steps

    def _without_districts(self, event: Event | None, day: date) -> Event | None:
        """The bureau's roll-up names the districts that have no signed one."""
        if not isinstance(event, reporting.RollupBuilt):
            return event
        standing = set()
        for each in (recorded.event for recorded in self.history.events):
            if isinstance(each, reporting.RollupSigned):
                standing.add((each.rollup, each.revision))
            elif isinstance(each, reporting.RollupReturned):
                standing.discard((each.rollup, each.revision))
        signed = {rollup for rollup, _ in standing}
        gaps = [each for each in self.districts if rollup_id("F1", day, each) not in signed]
        return msgspec.structs.replace(event, unsigned=tuple(sorted({*event.unsigned, *gaps})))

    def _sent_back(self, name: str, day: date) -> Event | None:
        signed = [
            each.event
            for each in self.history.events
            if isinstance(each.event, reporting.RollupSigned) and each.event.rollup == name
        ]
        if not signed:
            return None
        return reporting.RollupReturned(
            rollup=name,
            parent=rollup_id("F1", day, "bureau"),
            revision=signed[-1].revision,
            level=3,
            digest=signed[-1].digest,
            person="officer",
            appointment="a",
            reason=COMMITMENT,
            **seal("return", name),
        )

    def _outage(self, day: date, open_sites: list[Site]) -> Event:
        outage = super()._outage(day, open_sites)
        if not isinstance(outage, reporting.OutageDeclared) or self.random.random() < 0.3:
            return outage
        return reporting.OutageDeclared(
            outage=outage.outage,
            began_at=at_shanghai(day, "15:50"),
            ended_at=at_shanghai(day, "18:00"),
            grace_until=at_shanghai(day, "23:00"),
            reason=COMMITMENT,
            person="officer",
            schools=outage.schools,
        )


def _at(day: date, clock: str, event: Event) -> Step:
    return at_shanghai(day, clock), lambda: event, timedelta()


def _missed(report: str, district: str, level: int) -> Event:
    due = at_shanghai(parts_of(report)[1], "16:00" if level == 2 else "17:00")
    return reporting.DutyMissed(report=report, district=district, level=level, deadline=due, rules="rules-1")


def _excused(report: str, district: str, level: int) -> Event:
    return reporting.DutyExcused(
        report=report, district=district, level=level, person="r", appointment="a", reason=COMMITMENT
    )


def _refused(report: str, district: str) -> Event:
    return reporting.SignatureRefused(
        report=report,
        district=district,
        revision=1,
        level=1,
        digest=digest(report, 1),
        person="level-1",
        appointment="appointment-1",
        reason=COMMITMENT,
        **seal("refuse", report),
    )
