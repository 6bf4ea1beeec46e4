"""Whether the witnesses of a policy vouch for a checkpoint. One that they do not vouch for is called unwitnessed."""

from domain.evidence.cosignature import verify_cosignatures
from domain.evidence.errors import EvidenceError
from domain.evidence.note import Note
from domain.evidence.policy import Policy


def is_witnessed(note: Note, policy: Policy | None) -> bool:
    """Whether somebody has cosigned and the quorum is reached; the log's own signature is not looked at.

    A policy that asks for no witness makes nothing witnessed: what nobody has seen is not called seen. Nor is what
    bears a wrong line of a known witness.
    """
    if policy is None:
        return False
    try:
        found = verify_cosignatures(note, [party.key for party in policy.witnesses.values()])
        policy.require_quorum([each.key for each in found])
    except EvidenceError:
        return False
    return bool(found)
