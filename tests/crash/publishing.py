"""A process that publishes a log that grows on its own, until it is killed or the log has its full size."""

import asyncio
import sys
from pathlib import Path

from tests.adapters.publisher.ledger import MemoryRows, log_of, publisher_of

FULL = 2_000


async def main(folder: Path, size: int, step: int) -> None:
    rows: MemoryRows = log_of(size)
    publisher = publisher_of(rows, folder)
    with publisher.state.alone() as alone:
        if not alone:
            sys.exit("somebody else holds the lock")
        while len(rows.rows) < FULL:
            rows.grow_to(min(FULL, len(rows.rows) + step))
            await publisher.turn()
            sys.stdout.write(f"{publisher.size}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
