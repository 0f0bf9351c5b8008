"""D5: figures and tables of the pages are what the program makes; what is stale fails here.

Tables of the model's pages are compared in tests/unit/test_evidence_tables.py.
"""

from __future__ import annotations

import io

import pytest

from tests.docs import quoted, remake
from tests.docs.pages import ROOT

#: Pictures of what was measured, which no run repeats.
MEASURED = {"trade_cost.png"}


def test_lists_of_what_the_program_has_are_up_to_date() -> None:
    """Otherwise `python -m tests.docs.remake whole` writes them again."""
    assert [path.name for path, _ in remake.stale("whole")] == []


def test_every_block_and_every_picture_is_made_by_a_command() -> None:
    assert {name for name, _ in quoted.blocks()} == set(quoted.QUOTES)
    assert {path.name for path in (ROOT / "docs").glob("*.png")} == {*quoted.PICTURES, *MEASURED}


@pytest.mark.full
@pytest.mark.parametrize("arguments", quoted.COMMANDS, ids=" ".join)
def test_what_a_command_prints_and_draws_is_what_the_pages_show(arguments: tuple[str, ...]) -> None:
    """Otherwise `python -m tests.docs.remake quotes pictures` writes it again."""
    named = {name: each for name, each in quoted.QUOTES.items() if each.arguments == arguments}
    for name, quote in named.items():
        assert {text for each, text in quoted.blocks() if each == name} == {quote.text()}, name
    for picture, drawn_by in quoted.PICTURES.items():
        if drawn_by == arguments:
            old = (ROOT / "docs" / picture).read_bytes()
            stale = quoted.is_stale(old, quoted.run(arguments).picture)
            assert not stale, f"{picture}: run python -m tests.docs.remake pictures"


@pytest.mark.full
def test_tables_of_the_page_on_what_decides_are_up_to_date() -> None:
    """Otherwise `python -m tests.docs.remake decides` writes them again."""
    assert [path.name for path, _ in remake.stale("decides")] == []


def picture(numbers: str, drawn_by: str = "matplotlib 3", grey: int = 200) -> bytes:
    image = pytest.importorskip("PIL.Image")
    about = pytest.importorskip("PIL.PngImagePlugin").PngInfo()
    about.add_text("numbers", numbers)
    about.add_text("drawn by", drawn_by)
    held = io.BytesIO()
    image.new("L", (8, 8), grey).save(held, "png", pnginfo=about)
    return held.getvalue()


def test_a_picture_is_stale_where_its_numbers_or_its_pixels_changed() -> None:
    shown = picture("one")
    assert not quoted.is_stale(shown, shown)
    assert quoted.is_stale(b"", shown)
    assert quoted.is_stale(shown, picture("two"))
    assert quoted.is_stale(shown, picture("one", grey=100))
    assert not quoted.is_stale(shown, picture("one", "matplotlib 4", grey=100)), "another library"
