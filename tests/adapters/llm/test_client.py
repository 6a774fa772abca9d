"""One question over a real socket: every way it can fail ends as what it is, and nothing goes where it must not."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from app.adapters.llm.client import ModelClient
from app.domain.providers import Capability, Secret, Structure
from app.domain.readings import Answer, ReadingStatus
from app.domain.signals import Direction, Trend
from app.runtime.clock import Clock
from tests.domain.examples import at
from tests.support.model_server import (
    KEY,
    MODEL,
    ModelServer,
    Reply,
    completion,
    model_server,
    provider,
    question,
    reply,
    said,
)

SOUND = said()
DEEP = ('{"a":' * 200_000 + "1" + "}" * 200_000).encode()
ECHO = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}).encode()


class Pauses:
    """Takes the place of waiting, and remembers for how long it would have been."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


async def asked(server: ModelServer, pauses: Pauses | None = None, **changes: Any) -> Answer:
    """Return the answer of a server to one question, with our key."""
    client = ModelClient(Clock(), pause=pauses or Pauses())
    address = changes.pop("base_url", server.base_url)
    return await client.ask(question(), provider(address, **changes), Secret(KEY))


async def test_a_sound_answer_is_a_view_with_what_it_took() -> None:
    async with model_server([SOUND]) as server:
        answer = await asked(server)
    assert answer.status is ReadingStatus.VALID
    assert answer.view is not None
    assert (answer.view.direction, answer.view.trend, answer.view.confidence) == (Direction.BUY, Trend.BULLISH, 0.7)
    assert [target.price for target in answer.view.targets] == [108.0, 112.0]
    assert (answer.tokens_in, answer.tokens_out, answer.attempts) == (1200, 150, 1)
    assert answer.latency_ms > 0
    assert answer.raw == SOUND
    assert answer.structure is Structure.JSON_SCHEMA


async def test_f10_a_request_says_no_more_than_it_must() -> None:
    async with model_server([SOUND]) as server:
        await asked(server)
    sent = server.requests[0]
    plain = {"host", "accept", "content-type", "content-length", "accept-encoding", "connection"}
    assert set(sent.headers) <= plain | {"user-agent", "authorization"}
    assert sent.headers["user-agent"] == "Tapeline"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert set(sent.json) == {"model", "messages", "max_tokens", "temperature", "response_format"}


async def test_an_endpoint_without_a_key_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "sk-of-another-program")
    async with model_server([SOUND]) as server:
        answer = await ModelClient(Clock()).ask(question(), provider(server.base_url), None)
    assert answer.status is ReadingStatus.VALID
    assert "authorization" not in server.requests[0].headers
    assert not any("another-program" in value for value in server.requests[0].headers.values())


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html><body>502</body></html>", "it is a web page"),
        (b"[1, 2]", "it is no JSON object"),
        (b'{"choices": []}', "there is no answer in it"),
        (b'{"choices": null}', "there is no answer in it"),
        (b'{"choices": [null]}', "there is no answer in it"),
        (b'{"choices": [{"message": null}]}', "there is no answer in it"),
        (b'{"choices": [{"message": {"content": 5}}]}', "there is no answer in it"),
        (b'{"choices": 7, "usage": "many", "model": [1]}', "there is no answer in it"),
        (b'{"id": 1, "id": 2}', "it names something twice"),
        (SOUND[:-40], "its JSON is broken"),
        (DEEP[:200_000], "nested deeper than"),
        (DEEP, "larger than 256 KB"),
        (b"x" * 20_000_000, "larger than 256 KB"),
        (completion(""), "there is no answer in it"),
        (completion(None), "there is no answer in it"),
        (completion("buy"), "it is prose"),
        (completion("You should buy AAPL now, it can only rise."), "it is prose"),
        (completion("Do not buy. Whatever happens, do not buy."), "it is prose"),
        (completion("I would BUY.\n" + json.dumps(reply())), "it is prose"),
        (completion(json.dumps(reply()) + "\nSo do not buy."), "followed by something else"),
        (completion("```json\n" + json.dumps(reply()) + "\n```"), "it is prose"),
        (completion(json.dumps(reply())[:-30]), "its JSON is broken"),
        (completion(json.dumps(reply())[:-1] + ', "signal": "HOLD"}'), "it names something twice"),
        (completion(json.dumps(reply(confidence=float("nan")))), "not finite"),
        (completion(json.dumps(reply()).replace("0.7", "1e999")), "not finite"),
        (completion(json.dumps(reply()).replace("0.7", "-Infinity")), "not finite"),
        (completion("<html><script>alert(1)</script></html>"), "it is a web page"),
        (completion("[" * 5000), "nested deeper than"),
        (completion(json.dumps([reply()])), "it is no JSON object"),
        (completion(json.dumps(reply(reasoning="\ud800"))), "characters that no text has"),
        (completion(json.dumps(reply())[:50], finish_reason="length"), "cut off at its token limit"),
        (said(symbol="MSFT"), "another symbol than TEST"),
        (said(confidence=71), "confidence: Input should be less than or equal to 1"),
        (said(confidence=True), "confidence"),
        (said(confidence="0.7"), "confidence"),
        (said(signal="buy"), "signal"),
        (said(order={"side": "BUY", "quantity": 10_000}), "order: Extra inputs are not permitted"),
        (said(stop=79.9), "stop 79.9 is more than 20% away from the last price 100"),
        (said(stop=0), "stop"),
        (said(stop=101.0), "wrong sides of the entry for a BUY"),
        (said(target_1={"price": 99.5, "basis": ""}), "wrong sides"),
        (said(signal="SELL", trend="bearish"), "wrong sides of the entry for a SELL"),
        (said(entry_low=101.0), "upside down"),
        (said(stop=None), "a BUY needs an entry range, a stop and two targets"),
        (said(trend="strong_bearish"), "contradict each other"),
        (said(claims=[reply()["claims"][0]] * 9), "claims"),
        (said(claims=[{"type": "order", "quantity": 5}]), "claims"),
    ],
)  # fmt: skip
async def test_f1_an_unusable_reply_says_why_and_is_no_view(body: bytes, why: str) -> None:
    async with model_server([body]) as server:
        answer = await asked(server)
    assert answer.status is ReadingStatus.INVALID
    assert answer.view is None
    assert answer.why.startswith("No usable answer (")
    assert why in answer.why
    assert answer.attempts == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (completion(None, message={"refusal": "I cannot give financial advice."}), "the model declined to answer"),
        (completion(json.dumps(reply()), message={"refusal": "No."}), "the model declined to answer"),
        (completion(None, finish_reason="content_filter"), "the provider's filter stopped the answer"),
    ],
)
async def test_f1_a_refusal_is_a_refusal(body: bytes, why: str) -> None:
    async with model_server([body]) as server:
        answer = await asked(server)
    assert (answer.status, answer.view) == (ReadingStatus.REFUSED, None)
    assert why in answer.why


async def test_f7_busy_is_asked_again_when_it_said_and_twice_at_most() -> None:
    busy = Reply(b"{}", 429, {"retry-after": "7"})
    pauses = Pauses()
    async with model_server([busy, busy, SOUND]) as server:
        answer = await asked(server, pauses)
    assert answer.status is ReadingStatus.VALID
    assert (pauses.taken, answer.attempts) == ([7.0, 7.0], 3)
    async with model_server([busy]) as server:
        answer = await asked(server)
    assert (answer.status, len(server.requests)) == (ReadingStatus.FAILED, 3)
    assert "too many requests (429)" in answer.why


async def test_f7_a_wait_that_is_given_as_a_date_is_kept() -> None:
    pauses = Pauses()
    until = format_datetime(Clock().now() + timedelta(seconds=20), usegmt=True)
    async with model_server([Reply(b"{}", 429, {"retry-after": until}), SOUND]) as server:
        answer = await asked(server, pauses)
    assert answer.status is ReadingStatus.VALID
    assert 10 < pauses.taken[0] <= 20


async def test_a_long_wait_is_told_instead_of_taken() -> None:
    pauses = Pauses()
    async with model_server([Reply(b"{}", 429, {"retry-after": "3600"})]) as server:
        answer = await asked(server, pauses)
    assert (pauses.taken, len(server.requests)) == ([], 1)
    assert "asks to wait for 3600 s" in answer.why


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
async def test_f7_a_failing_server_is_asked_three_times_with_growing_pauses(status: int) -> None:
    pauses = Pauses()
    async with model_server([Reply(b"<html>oops</html>", status)]) as server:
        answer = await asked(server, pauses)
    assert (answer.status, len(server.requests)) == (ReadingStatus.FAILED, 3)
    assert f"The endpoint failed ({status})" in answer.why
    assert 0.25 <= pauses.taken[0] <= 0.75 <= 2 * pauses.taken[1] <= 3.0


async def test_a_connection_that_breaks_is_tried_again() -> None:
    async with model_server([Reply(SOUND, cut=20), SOUND]) as server:
        answer = await asked(server)
    assert (answer.status, answer.attempts) == (ReadingStatus.VALID, 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_what_the_server_refuses_for_good_is_not_asked_again(status: int) -> None:
    tested = Capability(MODEL, Structure.JSON_SCHEMA, True, MODEL, at(0))
    async with model_server([Reply(b'{"error": {"message": "no"}}', status)]) as server:
        answer = await asked(server, capabilities=(tested,))
    assert len(server.requests) == 1
    assert answer.status is (ReadingStatus.DENIED if status in (401, 403) else ReadingStatus.FAILED)


async def test_f5_silence_and_a_slow_drip_end_at_the_limit() -> None:
    for slow in (Reply(never=True), Reply(SOUND, drip_s=0.05)):
        async with model_server([slow]) as server:
            answer = await asked(server, timeout_s=0.3)
        assert answer.status is ReadingStatus.TIMEOUT
        assert answer.why == "The model did not answer within 0.3 s."
        assert 250 <= answer.latency_ms < 3000
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_f9_a_redirect_is_not_followed(status: int) -> None:
    async with model_server([SOUND]) as other:
        moved = Reply(b"", status, {"location": f"{other.base_url}/chat/completions"})
        async with model_server([moved]) as server:
            answer = await asked(server)
        assert (answer.status, other.requests) == (ReadingStatus.FAILED, [])
    assert "points to another address, which was not followed" in answer.why


async def test_f8_a_key_that_the_server_echoes_is_nowhere_in_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    echoing = [
        Reply(ECHO, 401),
        Reply(ECHO, 404),
        Reply(ECHO.replace(b"sk-", b"\\u0073k-"), 404),
        said(reasoning=f"Your key is {KEY}."),
        Reply(said(reasoning="Your key is KEY.").replace(b"KEY", KEY.replace("sk", "\\\\u0073k").encode())),
        completion(json.dumps(reply()), model=KEY),
        said(symbol=KEY),
        said(**{KEY: 1}),
    ]
    for echo in echoing:
        async with model_server([echo]) as server:
            answer = await asked(server)
        assert KEY not in f"{answer!r}"
    assert KEY not in caplog.text


async def test_f13_another_model_than_asked_for_is_told() -> None:
    async with model_server([completion(json.dumps(reply()), model="cheaper-model")]) as server:
        answer = await asked(server)
    assert (answer.status, answer.model_served) == (ReadingStatus.VALID, "cheaper-model")


async def test_nobody_there_is_told_after_three_tries() -> None:
    async with model_server([SOUND]) as server:
        pass
    answer = await asked(server)
    assert (answer.status, answer.attempts) == (ReadingStatus.UNREACHABLE, 3)
    assert answer.why.startswith("Nobody answers at the base URL")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://example.com/v1", "Plain http goes to this machine only; example.com needs https"),
        ("http://192.168.1.5:8080/v1", "Plain http goes to this machine only"),
        ("ftp://127.0.0.1/v1", "A base URL such as"),
        ("https://me:secret@example.com/v1", "the key has a field of its own"),
        ("https://example.com/v1?key=1", "the key has a field of its own"),
        ("https://", "A base URL such as"),
        ("http://127.0.0.1:99999/v1", "A base URL such as"),
    ],
)
async def test_f9_an_address_that_nothing_may_be_sent_to_is_refused(address: str, why: str) -> None:
    answer = await ModelClient(Clock()).ask(question(), provider(address), Secret(KEY))
    assert (answer.status, answer.attempts) == (ReadingStatus.FAILED, 0)
    assert why in answer.why


async def test_f9_a_certificate_that_is_not_trusted_is_explained(tmp_path: Path) -> None:
    async with model_server([SOUND], tls=self_signed(tmp_path)) as server:
        answer = await asked(server)
    assert (answer.status, answer.attempts) == (ReadingStatus.UNREACHABLE, 1)
    assert "certificate is not trusted (self" in answer.why
    assert "SSL_CERT_FILE" in answer.why
    assert server.requests == []


async def test_https_to_a_plain_port_is_explained() -> None:
    async with model_server([SOUND]) as server:
        answer = await asked(server, base_url=server.base_url.replace("http:", "https:"))
    assert answer.status is ReadingStatus.UNREACHABLE
    assert "does not speak TLS" in answer.why


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return a server's context with a certificate that nobody signed."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def test_f1_a_packed_reply_is_refused_before_it_is_unpacked() -> None:
    async with model_server([Reply(b"\x1f\x8b" + b"\0" * 100, headers={"content-encoding": "gzip"})]) as server:
        answer = await asked(server)
    assert answer.status is ReadingStatus.INVALID
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("refused", "structure"),
    [
        ((), Structure.JSON_SCHEMA),
        (("json_schema",), Structure.JSON_OBJECT),
        (("json_schema", "json_object"), Structure.TEXT),
    ],
)
async def test_f13_an_untested_endpoint_is_asked_in_weaker_forms_until_one_is_taken(
    refused: tuple[str, ...], structure: Structure
) -> None:
    def script(request: Any) -> Reply | bytes:
        form = request.json.get("response_format", {}).get("type", "")
        return Reply(b'{"error": {"message": "what is response_format?"}}', 400) if form in refused else SOUND

    async with model_server(script) as server:
        answer = await asked(server)
    assert (answer.status, answer.structure) == (ReadingStatus.VALID, structure)
    assert len(server.requests) == len(refused) + 1
    last = server.requests[-1]
    assert ("JSON schema" in last.text) == (structure is not Structure.JSON_SCHEMA)


async def test_the_words_for_limits_are_those_the_endpoint_knows() -> None:
    def script(request: Any) -> Reply | bytes:
        for unknown in ("max_tokens", "temperature"):
            if unknown in request.json:
                error = {"error": {"message": "unsupported", "param": unknown, "code": "unsupported_parameter"}}
                return Reply(json.dumps(error).encode(), 400)
        return SOUND

    async with model_server(script) as server:
        answer = await asked(server)
    assert answer.status is ReadingStatus.VALID
    assert server.requests[-1].json["max_completion_tokens"] == 1500


async def test_f1_a_fence_around_the_whole_of_a_plain_text_is_taken_off_and_nothing_else() -> None:
    plain = (Capability(MODEL, Structure.TEXT, False, MODEL, at(0)),)
    fenced = "```json\n" + json.dumps(reply()) + "\n```"
    async with model_server([completion(fenced)]) as server:
        assert (await asked(server, capabilities=plain)).status is ReadingStatus.VALID
    for prose in ("Here you are:\n" + fenced, fenced + "\nDo not buy.", fenced + "\n" + fenced):
        async with model_server([completion(prose)]) as server:
            assert (await asked(server, capabilities=plain)).status is ReadingStatus.INVALID


async def test_a_question_can_be_cancelled_at_any_time() -> None:
    async with model_server([Reply(never=True)]) as server:
        asking = asyncio.ensure_future(asked(server))
        await asyncio.wait_for(server.was_asked.wait(), 5)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
