"""Reading one's own writes: a write answers with its position, a read may demand one.

``Wenze-Position-AtLeast`` holds what ``Wenze-Position`` of an earlier answer held. A view waits for it up to the
settings' ``read_wait``, then says that it is behind; a position beyond the head, or of another log, is refused.
"""

from typing import Annotated, TypeAlias

from fastapi import Depends, Header, Response

from api.identity import Wired
from api.wiring import Wiring
from domain.ledger.errors import PositionBeyondHead
from domain.ledger.replay import head_of


class Demand:
    """What a read demands, and how it waits."""

    def __init__(self, wiring: Wiring, response: Response, position: int) -> None:
        self.wiring = wiring
        self.position = position
        self._response = response

    async def head(self) -> int:
        """The head, told to the reader; at least what was demanded. Raises PositionBeyondHead."""
        head = await head_of(self.wiring.ledger.log)
        if self.position > head:
            raise PositionBeyondHead(position=self.position, head=head)
        self.tell(head)
        return head

    async def view(self, name: str) -> int:
        """Wait until a view has what was demanded; the view's position.

        Raises: PositionBeyondHead, ViewBehind, ViewStopped.
        """
        wait_s = self.wiring.settings.read_wait
        reached = await self.wiring.projector.at_least(name, self.position, wait_s=wait_s)
        self.tell(reached)
        return reached

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer so far."""
        return dict(self._response.headers)

    def tell(self, position: int) -> None:
        """Answer with a position that a later read may demand."""
        self._response.headers["Wenze-Position"] = self.wiring.position_token(position)


def demand(
    wiring: Wired,
    response: Response,
    wenze_position_atleast: Annotated[
        str | None,
        Header(
            alias="Wenze-Position-AtLeast",
            max_length=64,
            description="The `Wenze-Position` of an earlier answer; the read waits for it.",
        ),
    ] = None,
) -> Demand:
    """What this read demands; nothing without the header."""
    position = 0 if wenze_position_atleast is None else wiring.position_of(wenze_position_atleast)
    return Demand(wiring, response, position)


Demanded: TypeAlias = Annotated[Demand, Depends(demand)]
