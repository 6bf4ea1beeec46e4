"""A process that appends until it is killed, and tells on standard output what was acknowledged.

Lines: ``key first last leaf``. Each line is written *after* the log has answered, so whatever is printed is promised.
"""

import asyncio
import sys
from itertools import count

from adapters.postgres.event_log import PostgresEventLog
from tests.crash.load import CATALOGUE, SECRET, append_of


async def main(dsn: str, writers: int) -> None:
    log = await PostgresEventLog.open(dsn, catalogue=CATALOGUE, secret=SECRET)
    numbers = count()

    async def write() -> None:
        for number in numbers:
            append = append_of(number)
            receipt = await log.append(append)
            sys.stdout.write(f"{number} {receipt.first} {receipt.last} {receipt.leaves[0].hex()}\n")
            sys.stdout.flush()

    await asyncio.gather(*(write() for _ in range(writers)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
