"""Bundles of the scenario's reports, verified as an office outside would."""

from collections.abc import Sequence

from adapters.files.bundles import unpack_bundle
from api.bundles.asked import ReportAsked
from api.bundles.making import BundleMaker, Exporter
from api.main import open_wiring
from api.settings import Settings
from domain.evidence.policy import Policy
from domain.evidence.verdict import Verdict
from domain.evidence.verify_bundle import verify_bundle
from domain.ledger.entry import MACHINE


async def bundled(settings: Settings, policy: Policy, reports: Sequence[str]) -> dict[str, Verdict]:
    """By report: the verdict over its bundle, with everything that is open or of the office, and all that is sealed."""
    everything = Exporter(person=MACHINE, may_read=lambda _: True, may_disclose=lambda _: True)
    async with open_wiring(settings) as wiring:
        maker = BundleMaker(wiring.ledger, wiring.vault, wiring.published, wiring.publishing.publisher.files)
        return {
            report: verify_bundle(unpack_bundle((await maker.make(ReportAsked(report), everything)).packed), policy)
            for report in reports
        }
