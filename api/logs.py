"""Structured logs: one canonical line per request. No payloads, no names, no tokens, no query strings.

JSON when the output is no terminal. The log is not the record; the record is the ledger.
"""

import sys
from collections.abc import Mapping

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
            *((structlog.processors.format_exc_info,) if lines else ()),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def request_line(fields: Mapping[str, object], failure: BaseException | None) -> None:
    """The canonical line of one request."""
    log = structlog.get_logger("wenze")
    if failure is not None:
        log.error("request", exc_info=failure, **fields)
    else:
        log.info("request", **fields)
