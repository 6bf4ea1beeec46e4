"""Structured logs: one canonical line per request. No payloads, no names, no tokens, no query strings.

Of a failure a line says the classes of the errors and where they were raised. What an error says, and what variables
held, may be what a person wrote: neither is ever logged, on a terminal either.

JSON when the output is no terminal. The log is not the record; the record is the ledger.
"""

import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import structlog


def configure(*, as_json: bool | None = None, level: str = "info") -> None:
    """Set structlog up for this process; everything goes to standard error, standard output belongs to answers."""
    lines = not sys.stderr.isatty() if as_json is None else as_json
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if lines else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_what_was_said,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def without_what_was_said(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """In place of an exception, its class and those of its causes, each with the places that it passed."""
    error = line.pop("exc_info", None)
    if isinstance(error, BaseException):
        line["exception"] = "\n".join(_told(error))
    return line


def _told(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield f"{type(current).__module__}.{type(current).__qualname__}"
        for frame in traceback.extract_tb(current.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"
        current = current.__cause__ or current.__context__


def request_line(fields: Mapping[str, object], failure: BaseException | None) -> None:
    """The canonical line of one request."""
    log = structlog.get_logger("wenze")
    if failure is not None:
        log.error("request", exc_info=failure, **fields)
    else:
        log.info("request", **fields)
