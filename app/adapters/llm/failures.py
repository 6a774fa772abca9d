"""What an endpoint's failures mean in our words: their status, a sentence, and whether asking again can help."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai

from app.adapters.llm.strict_json import LARGEST, NotStrict, parse_object
from app.adapters.llm.transport import TooLarge
from app.domain.errors import UserError
from app.domain.readings import ReadingStatus

LONGEST_WAIT_S = 30.0
_TOO_MANY = 429
_SERVER_FAILS = 500
_FORM_REFUSED = {400, 404, 415, 422, 501}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing usable came; `wait_s` is what the endpoint asked for before the next attempt.

    `is_form` says that the form of the request was refused, `parameter` which part of it, where that was said.
    """

    status: ReadingStatus
    why: str
    raw: bytes = b""
    may_retry: bool = False
    wait_s: float | None = None
    is_form: bool = False
    parameter: str = ""


def failure_of(error: Exception, timeout_s: float, now: datetime) -> Failure:
    """Return what any exception on the way to an endpoint means."""
    if isinstance(error, openai.APIStatusError):
        return _of_status(error.response, now)
    causes = tuple(_chain(error))
    if any(isinstance(cause, TooLarge) for cause in causes):
        return Failure(ReadingStatus.INVALID, f"No usable answer (it is larger than {LARGEST // 1024} KB).")
    if (refused := _first(causes, UserError)) is not None:
        return Failure(ReadingStatus.FAILED, str(refused))
    if (tls := _first(causes, ssl.SSLError)) is not None or _speaks_of_certificate(causes):
        return Failure(ReadingStatus.UNREACHABLE, _tls_sentence(tls))
    if _first(causes, httpx2.ConnectTimeout) is not None:
        return Failure(ReadingStatus.UNREACHABLE, "The endpoint did not take the connection in time.", may_retry=True)
    if _first(causes, TimeoutError, httpx2.TimeoutException, openai.APITimeoutError) is not None:
        return Failure(ReadingStatus.TIMEOUT, f"The model did not answer within {timeout_s:g} s.")
    if _first(causes, httpx2.ConnectError) is not None:
        why = "Nobody answers at the base URL; check it, and that the server runs."
        return Failure(ReadingStatus.UNREACHABLE, why, may_retry=True)
    if _first(causes, httpx2.TransportError, OSError) is not None:
        return Failure(
            ReadingStatus.UNREACHABLE, "The connection broke off before the answer was whole.", may_retry=True
        )
    return Failure(ReadingStatus.INVALID, f"No usable answer (the client could not take it: {type(error).__name__}).")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _first(causes: tuple[BaseException, ...], *kinds: type[BaseException]) -> BaseException | None:
    return next((cause for cause in causes if isinstance(cause, kinds)), None)


def _speaks_of_certificate(causes: tuple[BaseException, ...]) -> bool:
    return any(isinstance(cause, httpx2.ConnectError) and "CERTIFICATE_VERIFY" in str(cause) for cause in causes)


def _tls_sentence(error: BaseException | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError) or error is None:
        said = getattr(error, "verify_message", "") or "it could not be verified"
        return (
            f"The endpoint's certificate is not trusted ({said}), so nothing was sent; a company's own authority is "
            "trusted through SSL_CERT_FILE."
        )
    return "The endpoint does not speak TLS as expected, so nothing was sent; check https and the port of the base URL."


def _of_status(response: httpx2.Response, now: datetime) -> Failure:
    code = response.status_code
    raw = _body(response)
    said = _said(raw)
    if 300 <= code < 400:
        why = (
            "The endpoint points to another address, which was not followed; charts go to the base URL alone. Check it."
        )
        return Failure(ReadingStatus.FAILED, why, raw)
    if code in (401, 403):
        return Failure(ReadingStatus.DENIED, f"The endpoint does not accept the key ({code}).", raw)
    if code == _TOO_MANY:
        return _too_many(response, raw, now)
    if code >= _SERVER_FAILS:
        why = f"The endpoint failed ({code}){said}."
        return Failure(ReadingStatus.FAILED, why, raw, may_retry=True, is_form=code == 501)
    why = f"The endpoint refuses the request ({code}){said}; Test in Settings › Models finds out what it takes."
    return Failure(ReadingStatus.FAILED, why, raw, is_form=code in _FORM_REFUSED, parameter=_parameter(raw))


def _too_many(response: httpx2.Response, raw: bytes, now: datetime) -> Failure:
    wait_s = _retry_after(response.headers.get("retry-after", ""), now)
    if _error(raw).get("code") == "insufficient_quota":
        return Failure(ReadingStatus.FAILED, "The account at the provider has no credit left (429).", raw)
    if wait_s is not None and wait_s > LONGEST_WAIT_S:
        why = f"The endpoint is busy and asks to wait for {wait_s:.0f} s (429); try again then."
        return Failure(ReadingStatus.FAILED, why, raw)
    why = "The endpoint has too many requests (429); try again in a minute."
    return Failure(ReadingStatus.FAILED, why, raw, may_retry=True, wait_s=wait_s)


def _retry_after(header: str, now: datetime) -> float | None:
    """Return the seconds a Retry-After asks for, given as seconds or as a date; None when it cannot be read."""
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", header.strip()):
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
    except (TypeError, ValueError, IndexError):
        return None


def _body(response: httpx2.Response) -> bytes:
    try:
        return response.content
    except httpx2.StreamError:
        return b""


def _error(raw: bytes) -> dict[str, Any]:
    try:
        error = parse_object(raw).get("error")
    except NotStrict:
        return {}
    return error if isinstance(error, dict) else {}


def _parameter(raw: bytes) -> str:
    parameter = _error(raw).get("param")
    return parameter if isinstance(parameter, str) else ""


def _said(raw: bytes) -> str:
    """Return what the endpoint said of the error, quoted, on one line and short."""
    message = _error(raw).get("message")
    if not isinstance(message, str) or not message.strip():
        return ""
    return f": “{json.dumps(' '.join(message.split())[:160], ensure_ascii=False)[1:-1]}”"
