"""Why a witness does not cosign, beside what ``domain.evidence`` says of the request itself."""

from typing import ClassVar

from domain.ledger.errors import WenzeError


class UnknownLog(WenzeError):
    """This witness watches no log of that origin."""

    code: ClassVar[str] = "unknown_log"


class OtherSize(WenzeError):
    """The proof does not begin at ``size``, which this witness cosigned last."""

    code: ClassVar[str] = "other_size"

    def __init__(self, size: int) -> None:
        super().__init__(size=size)
        self.size = size


class WitnessStateWrong(WenzeError):
    """What the witness's folder holds cannot be used; nothing is cosigned on top of it."""

    code: ClassVar[str] = "witness_state_wrong"


class WitnessElsewhere(WenzeError):
    """Another process serves from this folder."""

    code: ClassVar[str] = "witness_elsewhere"


class WitnessExists(WenzeError):
    """The folder has a key already, and a witness never changes its key under the same name."""

    code: ClassVar[str] = "witness_exists"
