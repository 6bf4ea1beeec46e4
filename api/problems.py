"""Errors as answers: RFC 9457 problems with stable codes, in the reader's language.

No value that a request holds is ever repeated, except ids that name something; nor is a field's name, if it is none.
"""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from adapters.postgres.passing import PASSING
from adapters.publisher.errors import NotYetPublished
from api.errors import TABLE, Language, Row, row_of
from domain.ledger.errors import Invalid, QueueFull, WenzeError

MEDIA_TYPE: Final = "application/problem+json"
_BY_STATUS: Final = {
    400: "bad_request",
    404: "no_such_page",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "not_json",
}
# What is raised when there is no database to talk to. An append never lets these out: its outcome is its own.
DATABASE_AWAY: Final = PASSING
_NAME: Final = re.compile(r"[A-Za-z0-9_\[\]-]{1,64}")
_RETRY_AFTER_S: Final = {503: "1"}


def language_of(accept_language: str) -> Language:
    """Chinese, unless English is asked for and Chinese is not, or is wanted less."""
    quality = {"zh": 0.0, "en": 0.0}
    for part in accept_language.split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            wanted = float(weight) if weight else 1.0
        except ValueError:
            continue
        primary = name.split("-")[0].lower()
        if primary in quality:
            quality[primary] = max(quality[primary], wanted)
    return "en" if quality["en"] > quality["zh"] else "zh"


def problem(
    code: str,
    row: Row,
    language: Language,
    *,
    detail: str | None = None,
    details: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to one error. ``field`` and ``rule`` of the details stand at the top level too."""
    body = _body(code, row, language, detail=detail, details=details)
    answer = {"Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
    if row.status in _RETRY_AFTER_S:
        answer.setdefault("Retry-After", _RETRY_AFTER_S[row.status])
    if row.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(_text(body)), row.status, answer, MEDIA_TYPE)


def problem_of(error: WenzeError, language: Language) -> Response:
    """The answer to an error of ours."""
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, QueueFull | NotYetPublished) else None
    detail = str(error) if isinstance(error, Invalid) else None
    return problem(error.code, row_of(error), language, detail=detail, details=error.details, headers=headers)


def problem_body(error: WenzeError, language: Language) -> dict[str, object]:
    """The same as a part of an answer, where one request asks for several things."""
    detail = str(error) if isinstance(error, Invalid) else None
    return _body(error.code, row_of(error), language, detail=detail, details=error.details)


def _body(
    code: str, row: Row, language: Language, *, detail: str | None, details: Mapping[str, object] | None
) -> dict[str, object]:
    body: dict[str, object] = {
        "type": f"urn:wenze:problem:{code}",
        "title": row.sentence(language),
        "status": row.status,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if details:
        body |= {name: details[name] for name in ("field", "rule") if name in details}
        body["details"] = dict(details)
    return body


def install(app: FastAPI) -> None:
    """Let every error of the app become a problem."""
    for kind, answer in ANSWERS.items():
        app.add_exception_handler(kind, answer)


def language_of_request(request: Request) -> Language:
    """What the reader wants to read."""
    return language_of(request.headers.get("accept-language", ""))


async def _on_ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, WenzeError):
        raise error
    request.state.problem = error.code
    return problem_of(error, language_of_request(request))


async def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    code = "invalid_request"
    wrong = []
    for one in error.errors():
        if one["type"] == "json_invalid":
            code = "bad_json"
        # Neither the input nor the context: both may repeat what a person wrote.
        wrong.append({"field": ".".join(map(_part, one["loc"])), "rule": str(one["msg"])})
    request.state.problem = code
    details: dict[str, object] = {"errors": wrong[:50]}
    if len(wrong) == 1:
        details |= wrong[0]
    return problem(code, TABLE[code], language_of_request(request), details=details)


def _part(name: str | int) -> str:
    """A part of a field's name. A name that nobody here has given may be anything that a person wrote."""
    text = str(name)
    return text if _NAME.fullmatch(text) else "?"


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = _BY_STATUS.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")
    request.state.problem = code
    return problem(code, TABLE[code], language_of_request(request), headers=error.headers)


async def _on_database_away(request: Request, error: Exception) -> Response:
    request.state.problem = "database_away"
    return problem("database_away", TABLE["database_away"], language_of_request(request))


async def _on_anything(request: Request, error: Exception) -> Response:
    """Something that nobody foresaw. The log line of the request carries the traceback; the answer says nothing."""
    request.state.problem = "internal"
    return problem("internal", TABLE["internal"], language_of_request(request))


Answer: TypeAlias = Callable[[Request, Exception], Coroutine[Any, Any, Response]]
ANSWERS: Final[Mapping[type[Exception], Answer]] = {
    WenzeError: _on_ours,
    RequestValidationError: _on_invalid,
    HTTPException: _on_http,
    **dict.fromkeys(DATABASE_AWAY, _on_database_away),
    Exception: _on_anything,
}
"""How each kind of error is answered; the code of the problem is left in the request's state."""


def _text(value: Any) -> Any:
    """Text that UTF-8 can hold: a lone surrogate in the name of an unknown field must not break the answer."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_text(str(name)): _text(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [_text(item) for item in value]
    return value
