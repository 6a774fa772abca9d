"""Made-up claims of every kind with what came of them, for property tests of the fold and of the store."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st

from app.domain import events as ev
from app.domain.bars import Timeframe
from app.domain.claims import (
    CANDLES,
    CandleClaim,
    Claim,
    Comparison,
    CrossClaim,
    DivergenceClaim,
    Finding,
    LevelClaim,
    Line,
    Point,
    Shape,
    ShapeClaim,
    StructureClaim,
    TrendLineClaim,
    Truth,
    ValueClaim,
    VolumeClaim,
    Way,
)
from app.domain.claims import Side as Turn
from app.domain.fold import Fact
from tests.domain.examples import APPLE


def checked(moments: st.SearchStrategy[datetime]) -> st.SearchStrategy[Fact]:
    """Make readings whose claims, of every kind, came to anything."""
    lines = st.builds(Line, st.sampled_from(["close", "rsi"]), st.just((("length", 7.0),)) | st.just(()))
    assertions = st.one_of(
        st.builds(LevelClaim, st.sampled_from(Turn), st.floats(1, 200), st.integers(1, 5)),
        st.builds(ValueClaim, lines, st.sampled_from(Comparison), st.none() | st.floats(0, 100) | lines),
        st.builds(CrossClaim, lines, st.floats(0, 100) | lines, st.sampled_from(Way)),
        st.builds(TrendLineClaim, st.sampled_from(Turn), st.integers(0, 9), st.integers(10, 20)),
        st.builds(StructureClaim, st.sampled_from(Way)),
        st.builds(ShapeClaim, st.sampled_from(Shape)),
        st.builds(CandleClaim, st.sampled_from(CANDLES), st.none() | st.sampled_from(Way)),
        st.builds(DivergenceClaim, st.sampled_from(Way), lines),
        st.builds(VolumeClaim, st.sampled_from(Comparison)),
    )
    claims = st.builds(Claim, assertions, st.booleans(), st.text(max_size=20))
    findings = st.builds(
        Finding, claims, st.sampled_from(Truth), st.none() | st.floats(0, 9), st.just("."), st.just((Point(1, 2.5),))
    )
    return st.builds(
        lambda when, reading, found: ev.ClaimsChecked(
            at=when, reading=reading, con_id=APPLE, timeframe=Timeframe.D1, findings=tuple(found)
        ),
        moments,
        st.sampled_from(["reading-1", "reading-2"]),
        st.lists(findings, max_size=3),
    )
