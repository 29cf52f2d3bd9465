"""The reference pages say what the code says."""

from __future__ import annotations

import pytest

from docs.generate import FOLDER, PAGES
from otorepair_like import events, options


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_not_stale(name: str) -> None:
    page = PAGES[name]()
    assert (FOLDER / name).read_text("utf-8") == page, "run: python -m docs.generate"


def test_every_event_and_every_setting_is_there() -> None:
    assert all(f"\n## {kind}\n" in PAGES["events.md"]() for kind in events.kinds())
    assert all(f"`{option.variable}`" in PAGES["configuration.md"]() for option in options.OPTIONS)
