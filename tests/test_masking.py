"""What varies between two runs, two messages or two names is masked; the rest stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otorepair_like.masking import mask, mask_literals, mask_volatile


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("user 17 at 0x7f3a timed out after 3.2 s", "user <number> at <hex> timed out after <duration>"),
        ("mail to ann@example.com\n bounced", "mail to <email> bounced"),
        ("GET https://example.com/a?b=1 failed", "GET <url> failed"),
        ("at 2026-11-21 04:30:11,123 and 04:30:12", "at <date> and <time>"),
        ("no answer from 10.0.0.7:8000 or localhost:99", "no answer from <ip> or <host>"),
        ("commit 5f3c2a1d in /tmp/x1/repo", "commit <hash> in <temp>"),
        ("'PORT'", "'PORT'"),
    ],
)
def test_a_message_keeps_its_words_and_names(message: str, masked: str) -> None:
    assert mask(message) == masked


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("listening on port 8123", "listening on <process>"),
        ("12:30 run 123e4567-e89b-12d3-a456-426614174000", "<clock> run <uuid>"),
        ("total  17", "total  17"),
    ],
)
def test_a_line_of_output_keeps_its_results(line: str, masked: str) -> None:
    assert mask_volatile(line) == masked


def test_code_keeps_what_is_no_literal() -> None:
    assert (
        mask_literals("x1 = os.environ.get(\"PORT\",  '80') or 8.5") == "x1 = os.environ.get(<…>, <…>) or <…>"
    )


@given(st.text(max_size=500))
def test_a_masked_message_is_one_line_of_bounded_length(message: str) -> None:
    masked = mask(message)
    assert not set(masked) & set("\r\n\t")
    assert len(masked) <= len(message[:400]) * 10
