"""How synchronous peers write at once: threads that take the next input until there is none."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from api.bench.report import Round

One = TypeVar("One")


def run_threads(inputs: Sequence[One], append: Callable[[One], object], writers: int) -> Round:
    """Every input once, by ``writers`` threads that start together. The first error of a thread is raised."""
    waiting = iter(inputs)
    lock = threading.Lock()
    latencies: list[float] = []
    errors: list[BaseException] = []
    ready = threading.Barrier(writers + 1)

    def writer() -> None:
        ready.wait()
        try:
            while True:
                with lock:
                    one = next(waiting, None)
                if one is None:
                    return
                start = time.perf_counter()
                append(one)
                latencies.append(time.perf_counter() - start)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=writer, daemon=True) for _ in range(writers)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    if errors:
        raise errors[0]
    return Round(len(inputs), seconds, latencies)
