"""Work on ranges of the log in several processes, its results in order."""

import asyncio
import multiprocessing
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


async def in_order(carry_out: Callable[[Work], Result], work: Sequence[Work], processes: int) -> AsyncIterator[Result]:
    """The result of each piece of work, in order. ``carry_out`` is a plain function of a module.

    Twice as much work as there are processes is begun before its turn, so that no more results wait in memory. One
    process is this one, with a thread.
    """
    # Started anew, not forked: this process has an event loop and connections that no copy of it may touch.
    pool = (
        ThreadPoolExecutor(1)
        if processes == 1
        else ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
    )
    try:
        loop = asyncio.get_running_loop()
        begun: deque[asyncio.Future[Result]] = deque()
        for each in work:
            begun.append(loop.run_in_executor(pool, carry_out, each))
            if len(begun) > 2 * processes:
                yield await begun.popleft()
        while begun:
            yield await begun.popleft()
    finally:
        await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
