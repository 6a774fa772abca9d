"""The kinds of endpoint a person can start from, one row each; prices are for a person to enter."""

from __future__ import annotations

from decimal import Decimal

from app.domain.providers import Caps, Price, Provider, ProviderId

PRESETS: tuple[Provider, ...] = (
    Provider(ProviderId("openai"), "OpenAI", "https://api.openai.com/v1", "gpt-4.1-mini"),
    Provider(
        ProviderId("anthropic"), "Anthropic (compatible endpoint)", "https://api.anthropic.com/v1", "claude-sonnet-4-5"
    ),
    Provider(
        ProviderId("gemini"),
        "Gemini (compatible endpoint)",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "gemini-2.5-flash",
    ),
    Provider(
        ProviderId("local"),
        "A server on this machine",
        "http://127.0.0.1:8080/v1",
        "local",
        needs_key=False,
        prices=(Price("local", Decimal(0), Decimal(0)),),
        caps=Caps(None, None, None),
    ),
    Provider(ProviderId("compatible"), "Another OpenAI-compatible endpoint", "https://", ""),
)
