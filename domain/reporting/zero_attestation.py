"""The zero-report attestation under a key: level 0, by who prepared what stands."""

from domain.ledger.errors import Invalid
from domain.registry.authority import Acting, Authority
from domain.reporting.errors import AlreadyAttested, NotAZeroReport
from domain.reporting.events import Nature, ZeroAttested
from domain.reporting.levels import on_behalf_of
from domain.reporting.report_state import ReportState
from domain.signing.held_signature import HeldSignature
from domain.signing.signing import Signing


def attestation_of(
    *, acting: Acting, origin: str, nonce: str | None, held: HeldSignature | None
) -> tuple[Signing, ...]:
    """The signature that comes with a filing, where one does. Raises Invalid for half of one."""
    if held is None and nonce is None:
        return ()
    if held is None or nonce is None:
        raise Invalid("held", "comes with its nonce")
    return (Signing(acting=acting, origin=origin, nonce=nonce, held=held),)


def zero_attested(report: ReportState, authority: Authority, signing: Signing) -> ZeroAttested:
    """What is recorded beside the filing, or after it. Who files is who prepared it; the caller has looked.

    Raises: NothingSubmitted, NotAZeroReport, AlreadyAttested, the refusals of Signing.require.
    """
    current = report.require_current()
    if current.nature is not Nature.ZERO:
        raise NotAZeroReport(report=report.report)
    if current.digest in report.attested:
        raise AlreadyAttested(report=report.report)
    signature = signing.require(
        authority,
        digest=current.digest,
        level=0,
        decision="attest_zero",
        nonces=report.nonces,
        rules=report.duty.rules,
    )
    return ZeroAttested(
        report=report.report,
        district=report.duty.district,
        revision=current.revision,
        digest=current.digest,
        person=authority.acting.person,
        appointment=authority.acting.appointment,
        nonce=signing.nonce,
        signature=signature,
        held=signing.given,
        delegation=authority.acting.delegation,
        on_behalf_of=on_behalf_of(authority),
    )
