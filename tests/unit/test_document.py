"""A document has blocks that every renderer knows, and anybody may add a renderer."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from negotiation.cli.console import run
from negotiation.errors import GridError, ModelError
from negotiation.report import document as d
from negotiation.report.figure import BarChart, BarRow
from negotiation.report.render import RENDERERS, register_renderer, render, renderers
from negotiation.report.text import WIDTH

BLOCKS = (
    d.Heading("A title", 1, "and what is below it"),
    d.Paragraph("Canada would lose US$7.0 billion a year. " * 5),
    d.Lines(("one sentence",), ("one", "sentence")),
    d.Items(("first", "second " * 30), "Above the list"),
    d.NumberedStep(3, "ncl.canada: net concession leverage.", ("= delta / at_stake",)),
    d.Table.of(
        ["who", d.TableColumn("loss", d.Form.CHANGE), d.TableColumn("share", d.Form.SHARE), "why"],
        [["canada", -25189.2, float("nan"), "retaliate/escalate " * 8], ["us", 745.4, 0.5, "a|b"]],
        "Who loses",
        ["a note"],
    ),
    d.Picture("map.svg", "Where regimes change", "two curves"),
    BarChart(
        name="tables",
        title="Oil is more than half",
        subtitle="US$ billion a year",
        alt="bars",
        table=d.Table.of(["table", d.TableColumn("deal", d.Form.CHANGE)], [["oil", -7.2]]),
        notes=("a note of it",),
        bars=(BarRow("oil", -7.2),),
    ),
    d.Command("negotiation solve canada_us --set diversification=0.2 " + "--set a=1 " * 8, "Try"),
    d.Notes(("small print",)),
    d.Provenance(
        {
            **dict.fromkeys(("horizon", "threat_point", "concept", "model_digest"), "x"),
            **dict.fromkeys(("negotiation_version", "model", "parameters"), "y"),
        }
    ),
)
DOCUMENT = d.Document("solve", lambda: BLOCKS, lambda: {"value": 1.0}, {})


def test_text_fits_a_terminal_and_has_everything() -> None:
    text = render(DOCUMENT, "table")
    assert max(map(len, text.splitlines())) <= WIDTH
    for said in (
        "A title",
        "first",
        " 3. ncl.canada",
        "-25,189",
        "none",
        "map.svg",
        "more than half",
        "-7.2",
        "small print",
    ):
        assert said in text
    assert "* first" in text


def test_numbers_stand_to_the_right() -> None:
    table = d.Table.of(["n", d.TableColumn("m", d.Form.MONEY)], [["a", 5.0], ["b", 12000.0]])
    text = render(d.Document("x", lambda: [table], dict, {}), "table")
    assert text.splitlines()[-2:] == ["a   5.000", "b  12,000"]


def test_markdown_has_headings_lists_and_pictures() -> None:
    text = render(DOCUMENT, "md")
    assert text.startswith("# A title\n")
    assert "\n- first\n" in text
    assert "![two curves](map.svg)" in text
    assert "a\\|b" in text
    assert "`negotiation solve canada_us" in text


def test_a_format_that_is_not_there_and_one_without_rows() -> None:
    with pytest.raises(GridError, match=r"choose from table, json, md, html$"):
        render(DOCUMENT, "csv")
    with pytest.raises(GridError, match="did you mean 'json'"):
        render(DOCUMENT, "jsn")


@pytest.fixture
def page() -> Iterator[None]:
    """A renderer from outside, in a few lines."""

    @register_renderer("page", (".page", ".htm"))
    def page(document: d.Document) -> str:
        parts = []
        for block in document.blocks:
            if isinstance(block, d.Heading):
                parts.append(f"<h{block.level}>{html.escape(block.text)}</h{block.level}>")
            elif isinstance(block, d.Table):
                cells = [[html.escape(cell) for cell in row] for row in block.cells()]
                rows = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
                parts.append(f"<table>{rows}</table>")
        return f"<!doctype html><title>{html.escape(document.title)}</title>{''.join(parts)}"

    yield
    RENDERERS.unregister("page")


STUDIES = [
    ("solve", "tariff_standoff"),
    ("sweep", "tariff_standoff", "--vary", "diversification=0.1,0.2"),
    ("threshold", "tariff_standoff", "--vary", "diversification=0.1:0.9"),
    ("map", "tariff_standoff", "--vary", "diversification=0.1:0.9", "--vary", "tariff=0.1:0.4",
     "--points", "5"),
    ("attribute", "canada_us", "--by", "tables"),
    ("package", "canada_us"),
    ("credibility", "tariff_standoff"),
    ("revealed", "tariff_standoff", "--observed", "accept,refrain"),
    ("audit", "tariff_standoff"),
    ("sensitivity", "tariff_standoff", "--prior", "tariff=0.1,0.3", "--draws", "16"),
    ("probability", "tariff_standoff", "--prior", "tariff=0.1,0.3", "--draws", "8", "--when",
     "importer plays impose"),
    ("scenarios", "tariff_standoff", "--prior", "tariff=uniform(0.1,0.3)", "--draws", "100",
     "--when", "importer plays impose"),
    ("robust", "tariff_standoff", "--prior", "tariff=0.1,0.3", "--draws", "8", "--vary",
     "diversification=0,0.5", "--cost", "20"),
    ("explain", "tariff_standoff", "surplus"),
    ("tariffs", "canada_us", "--by", "uniform", "--no-certify"),
]  # fmt: skip


@pytest.mark.parametrize("words", STUDIES, ids=lambda words: words[0])
def test_a_renderer_from_outside_works_for_every_study(
    page: None, words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--format", "page"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("<!doctype html><title>")
    place = tmp_path / "result.page"
    assert run([*words, "-o", str(place)]) == 0
    assert "<tr><td>" in place.read_text(encoding="utf-8") or words[0] == "explain"


def test_the_example_of_the_page_works(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "command_line.md").read_text(encoding="utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    try:
        exec(compile(code, "command_line.md", "exec"), {})
        assert run(["solve", "tariff_standoff", "--format", "tsv"]) == 0
    finally:
        RENDERERS.unregister("tsv")
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, rows)) > 2


@pytest.mark.parametrize("suffixes", ["tsv", (), ("",), (".TSV",), (3,), (".tar.gz",)])
def test_an_ending_is_a_dot_and_letters(suffixes: Any) -> None:
    with pytest.raises(ModelError, match="no ending of files of output format 'mine'"):
        register_renderer("mine", suffixes)(lambda document: "")


@pytest.mark.parametrize("end", [".json", ".nc"])
def test_an_ending_has_one_format(end: str) -> None:
    with pytest.raises(ModelError, match=f"files that end in '{end}' have a format already"):
        register_renderer("mine", (end,))(lambda document: "")


def test_one_ending_may_be_a_text() -> None:
    try:
        register_renderer("mine", ".tsv")(lambda document: "")
        assert renderers(rows=False)["mine"].suffixes == (".tsv",)
    finally:
        RENDERERS.unregister("mine")


def test_without_it_the_ending_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", "tariff_standoff", "-o", "result.page"]) == 2
    assert "a solution is written as .json, .md, .html, .xlsx or .txt" in capsys.readouterr().err
