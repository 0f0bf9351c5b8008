"""Any document as one page: nothing is loaded, all is escaped, the structure is that of a page."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from negotiation.report import document as d
from negotiation.report import html
from negotiation.report.figure import (
    BarChart,
    BarRow,
    DrawnRange,
    Interactive,
    Interval,
    IntervalChart,
    Tone,
)
from negotiation.report.layout.sheet import DARK, LIGHT
from negotiation.report.render import render

NASTY = "<script>bad()</script></style><img src=x onerror=bad()>\"'&\x07\u202e"

TABLE = d.Table.of(
    [
        "what",
        d.TableColumn("money", d.Form.ROUNDED),
        d.TableColumn("share", d.Form.SHARE, "of one"),
    ],
    [["first", -1234.5, 0.5], ["second", None, -0.25]],
    "A table",
    ["Its note."],
)
BARS = BarChart(
    name="bars",
    title="Oil is most of it",
    subtitle="US$ billion",
    alt="bars",
    table=TABLE,
    notes=("How to read it.",),
    bars=(BarRow("Oil", -2.0, -3.0, -1.0), BarRow("Wood", -1.0)),
)
DOTS = IntervalChart(
    name="dots",
    title="What each is worth",
    subtitle="US$ billion",
    alt="dots",
    table=TABLE,
    columns=("One", "Other"),
    tones=(Tone.FIRST, Tone.SECOND),
    rows=(
        Interval("Today", "in force", (DrawnRange(-7.9, -10.4, -5.9, -9.0, -7.0), None)),
        Interval("Deal", "", (DrawnRange(-3.0), DrawnRange(3.0)), True),
    ),
)
BLOCKS: tuple[d.Block, ...] = (
    d.Heading("The finding", 1, "what it is about"),
    d.Paragraph("Who reads one line reads this."),
    d.Heading("First part"),
    d.Lines(("a sentence.",), ("a sentence.",)),
    d.Items(("an item.",), "A head:"),
    d.NumberedStep(3, "a step", ("a line",)),
    d.Table.of(["pair", "cell"], [["one", d.Marked("1 / 2\nequilibrium")]]),
    TABLE,
    d.Table.of(["a"], [["b"]], "Folded", folded=True),
    d.Picture("a.png", "A picture", "what it shows"),
    d.Heading("Second part"),
    d.Heading("a detail", 3, "below it"),
    BARS,
    DOTS,
    d.Command("negotiation solve canada_us", "Paste this:"),
    d.Notes(("Small print.",)),
    d.Provenance(
        {"horizon": "long run", "negotiation_version": "1", "model": "m", "model_digest": "abc"}
    ),
)


def page(*blocks: d.Block) -> str:
    return render(d.Document("study", lambda: blocks, dict, {}), "html")


class Reader(HTMLParser):
    """Elements of a page with their attributes, and whether they are closed in order."""

    VOID = frozenset({"meta", "img", "br", "link", "input", "hr", "path", "rect", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def whole() -> str:
    return page(*BLOCKS)


def test_the_page_is_well_formed_and_has_landmarks(whole: str) -> None:
    found = Reader(whole)
    assert not found.open
    names = [name for name, _ in found.elements]
    assert names.count("h1") == names.count("main") == names.count("header") == 1
    assert names.count("section") == 2
    ids = [each["id"] for _, each in found.elements if "id" in each]
    assert len(ids) == len(set(ids))
    for each in found.of("section") + found.of("figure"):
        assert each["aria-labelledby"] in ids
    assert found.of("html") == [{"lang": "en"}]
    assert found.of("a")[0]["href"] == "#main"
    assert {each.get("scope") for each in found.of("th")} <= {"col", "row"}


def test_nothing_is_loaded(whole: str) -> None:
    for name, attributes in Reader(whole).elements:
        assert name not in ("link", "img", "iframe", "object", "embed", "base")
        assert not {"src", "style", "srcset", "action"} & attributes.keys()
        assert not [each for each in attributes if each.startswith("on")]
        address = attributes.get("href") or attributes.get("xlink:href") or "#"
        assert address.startswith("#")
    assert "url(" not in whole.replace("url(#", "")
    assert "@import" not in whole


def test_the_policy_names_the_style_and_every_script(whole: str) -> None:
    more = page(
        *BLOCKS,
        Interactive(
            name="x",
            title="t",
            subtitle="s",
            alt="a",
            table=TABLE,
            fragment="<p>moved</p>",
            script="one();",
            style=".x{}",
        ),
    )
    for text in (whole, more):
        policy = re.search(r'Security-Policy" content="([^"]+)"', text)
        assert policy is not None
        assert policy[1].startswith("default-src 'none'; ")
        assert "unsafe" not in policy[1]
        for kind in ("style", "script"):
            bodies = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.S)
            assert bodies
            for body in bodies:
                digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
                assert f"'sha256-{digest}'" in policy[1]
    for each in ("one();", ".x{}", "<p>moved</p>"):
        assert each in more


def test_texts_are_inert() -> None:
    table = d.Table.of([NASTY, d.TableColumn(NASTY, unit=NASTY)], [[NASTY, NASTY]], NASTY, [NASTY])
    blocks = (
        d.Heading(NASTY, 1, NASTY),
        d.Heading(NASTY, 2, NASTY),
        d.Paragraph(NASTY),
        d.Items((NASTY,), NASTY),
        d.Lines((NASTY,), (NASTY,)),
        d.NumberedStep(1, NASTY, (NASTY,)),
        table,
        d.Picture(NASTY, NASTY, NASTY),
        d.Command(NASTY, NASTY),
        d.Notes((NASTY,)),
        BarChart(
            name="x",
            title=NASTY,
            subtitle=NASTY,
            alt=NASTY,
            table=table,
            notes=(NASTY,),
            bars=(BarRow(NASTY, 1.0),),
        ),
        IntervalChart(
            name="y",
            title=NASTY,
            subtitle=NASTY,
            alt=NASTY,
            table=table,
            columns=(NASTY,),
            tones=(Tone.FIRST,),
            rows=(Interval(NASTY, NASTY, (DrawnRange(1.0),)),),
        ),
    )
    text = page(*blocks)
    found = Reader(text)
    assert len(found.of("script")) == 1
    assert not found.of("img")
    assert "\x07" not in text
    assert "\u202e" not in text


def test_the_numbers_of_a_figure_stand_under_it(whole: str) -> None:
    start = whole.index("Oil is most of it</h3>")
    under = whole[start : whole.index("</figure>", start)]
    assert "<details><summary>The numbers as a table</summary>" in under
    assert "\u22121,230" in under
    assert under.count("<svg") == 2
    assert "How to read it." in under


def test_medians_are_large_and_ranges_stand_below(whole: str) -> None:
    assert "<b>\u22127.9</b> <span>\u221210 to \u22125.9</span>" in whole
    assert "rare outcomes are not shown apart" in whole.lower()
    assert '<tr class="strong">' in whole


def test_ranges_of_a_table_have_true_minus_signs_and_stand_to_the_right() -> None:
    cells: list[d.Cell] = [
        "a",
        d.Ranged(-8.0, -9.1, 7.2, "-8 (-9 to +7)"),
        d.Span(-9.1, -7.2, "-9 to -7"),
        d.EachSide(("one", "two"), (-1.0, -2.0), "-1 / -2"),
        "-x-",
    ]
    made = page(d.Table.of(["", "median", "range", "both", "word"], [cells]))
    assert '<td class="n">\u22128 (\u22129 to +7)</td>' in made
    assert "<td>\u22129 to \u22127</td>" in made
    assert "<td>\u22121 / \u22122</td>" in made
    assert "<td>-x-</td>" in made


def test_the_equilibrium_stands_out(whole: str) -> None:
    assert '<td class="mark">1 / 2<br>equilibrium</td>' in whole


def test_a_long_page_has_contents() -> None:
    blocks = [d.Heading("t", 1), *(d.Heading(f"Part {k}") for k in range(5))]
    found = Reader(page(*blocks))
    assert len(found.of("nav")) == 1
    assert [each["href"] for each in found.of("a")[1:]] == [f"#part-{k}" for k in range(5)]
    assert not Reader(page(*blocks[:3])).of("nav")


def contrast(one: str, other: str) -> float:
    """Of WCAG 2: (L1 + 0.05) / (L2 + 0.05)."""

    def light(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
@pytest.mark.parametrize("name", ["ink", "soft", "first", "second"])
def test_what_is_written_can_be_read(colours: dict[str, str], name: str) -> None:
    assert contrast(colours[name], colours["paper"]) >= 4.5
    assert contrast(colours[name], colours["card"]) >= 4.5


def test_links_can_be_read() -> None:
    style = html._folder("page.css")
    light, dark = re.findall(r"--link:(#[0-9a-f]{6})", style)[:2]
    assert contrast(light, LIGHT["paper"]) >= 4.5
    assert contrast(dark, DARK["paper"]) >= 4.5
