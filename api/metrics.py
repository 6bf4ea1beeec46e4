"""What a monitor may count. One registry per app, so that two apps in one process do not add up."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


@dataclass(frozen=True, slots=True)
class Metrics:
    """Counters of this process. Labels are route templates and codes, never what somebody sent."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    head: Gauge = field(init=False)
    view_position: Gauge = field(init=False)
    view_degraded: Gauge = field(init=False)
    projecting: Gauge = field(init=False)
    ready: Gauge = field(init=False)
    published: Gauge = field(init=False)
    signing: Gauge = field(init=False)
    witness_cosigns: Gauge = field(init=False)
    witness_refuses: Gauge = field(init=False)

    def __post_init__(self) -> None:
        def keep(name: str, metric: object) -> None:
            object.__setattr__(self, name, metric)

        registry = self.registry
        keep(
            "requests",
            Counter(
                "wenze_requests", "Answers by route, status and code.", ("route", "status", "code"), registry=registry
            ),
        )
        keep("seconds", Histogram("wenze_request_seconds", "Seconds to an answer.", ("route",), registry=registry))
        keep("head", Gauge("wenze_head_position", "The newest position of the log.", registry=registry))
        keep("view_position", Gauge("wenze_view_position", "How far a view is.", ("view",), registry=registry))
        keep(
            "view_degraded",
            Gauge("wenze_view_degraded", "1 when a view stopped before an event.", ("view",), registry=registry),
        )
        keep("projecting", Gauge("wenze_projecting", "1 while projecting is not interrupted.", registry=registry))
        keep("published", Gauge("wenze_published_size", "Entries under the published checkpoint.", registry=registry))
        keep("signing", Gauge("wenze_signing", "1 while the log is not refused its signature.", registry=registry))
        keep(
            "witness_cosigns",
            Gauge("wenze_witness_cosigns", "1 when a witness has cosigned at last.", ("witness",), registry=registry),
        )
        keep(
            "witness_refuses",
            Gauge("wenze_witness_refuses", "1 when a witness refuses to.", ("witness",), registry=registry),
        )
        keep("ready", Gauge("wenze_ready", "1 while appends can commit.", registry=registry))

    def text(self) -> bytes:
        """The metrics in the text format of Prometheus."""
        return generate_latest(self.registry)
