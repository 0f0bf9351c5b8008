"""The explorer in a page: the same as Python without scripts and with them, by mouse and keys."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, ThreatPoint, parameter, prior
from negotiation.case import POSTURE, Case
from negotiation.report.explorer import fragment, script, sentences, style
from negotiation.report.explorer.chart import round_ticks
from negotiation.report.explorer.fragment import Page
from negotiation.report.explorer.view import DrawnSpread, Scale
from negotiation.report.svg import LIGHT, STYLE, variables
from negotiation.study.explorer import Explorer, explorer
from tests.browser import Tab, browser, needs_browser

HOSTILE = '</script><img src=x onerror="window.hit=1">'

NODE = shutil.which("node")


@dataclass(frozen=True)
class Quarrel(Model):
    """Two rates that move together or apart, one of the other side, a cost, and names that bite."""

    rate: float = parameter(
        0.2,
        low=0,
        unit="ad valorem rate",
        source="test",
        about="a rate that moves both",
        lever_of="one",
    )
    rate_far: float | None = parameter(
        None, low=0, unit="ad valorem rate", source="test", about="the far rate", name="rate.far",
        inherits="rate",
    )  # fmt: skip
    rate_near: float | None = parameter(
        None, low=0, unit="ad valorem rate", source="test", about="the near rate", name="rate.near",
        inherits="rate",
    )  # fmt: skip
    hit: float = parameter(
        0.3, low=0, unit="ad valorem rate", source="test", about=f"how hard {HOSTILE} it hits",
        prior=prior.triangular(0.1, 0.3, 0.5),
    )  # fmt: skip
    weight: float = parameter(5000.0, unit="US$ million a year", source="test",
                              prior=prior.uniform(2000.0, 9000.0))  # fmt: skip
    anger: float = parameter(
        0.0, low=0, unit="US$ million a year", source="test", about="what hitting costs at home"
    )

    players = ("one", "two")
    actions = (("calm", "answer"), ("calm", "strike"))
    payoff_unit = "US$ million a year"
    names = {"one": "Here", "two": f"There {HOSTILE}", "two.strike": "strikes"}  # noqa: RUF012
    explored = {"rate.far": (0.0, 0.4), "rate.near": (0.0, 0.4), "hit": (0.1, 0.5)}  # noqa: RUF012
    default_threat = "in_force"
    threats = {"in_force": "things stay"}  # noqa: RUF012
    harshest = {"two": "strike"}  # noqa: RUF012
    political_costs = {("two", "strike"): "anger"}  # noqa: RUF012

    def payoffs(self) -> dict[tuple[str, str], tuple[Any, Any]]:
        far, near = self.value("rate.far"), self.value("rate.near")
        open_ = self.weight * (1.0 - far - near * near)
        zero = 0.0 * open_ * self.hit
        return {
            ("calm", "calm"): (zero, zero),
            ("answer", "calm"): (zero - 300.0, zero - 500.0),
            ("calm", "strike"): (-open_ * self.hit, open_ * self.hit - 900.0 - self.anger),
            ("answer", "strike"): (200.0 - open_ * self.hit, zero - 1000.0 - self.anger),
        }

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.1 * self.weight), weight=0.4)

    def threat_point(self, name: str) -> ThreatPoint:
        far = self.value("rate.far")
        lost = -0.1 * self.weight * (1.0 - far)
        return ThreatPoint(np.stack([lost, 0.0 * lost], axis=-1), name)


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGOTIATION_CACHE", "off")


@pytest.fixture(scope="module")
def table() -> Explorer:
    return explorer(Case(Quarrel, seed=1), draws=60, cache=False)


def page(inside: str, main: str = "") -> str:
    """A page around a fragment, with a policy as strict as that of a report."""

    def digest(text: str) -> str:
        found = hashlib.sha256(text.encode()).digest()
        return f"'sha256-{base64.b64encode(found).decode()}'"

    rules = (
        f":root{{{variables(LIGHT)}}}{STYLE}body{{margin:0}}main{{padding:0 16px}}"
        ".slim{display:none}.wide{overflow-x:auto}svg{width:100%;height:auto}"
        "pre{white-space:pre-wrap;overflow-wrap:anywhere}"
        "@media (max-width:560px){.broad{display:none}.slim{display:block}}" + style()
    )
    code = script()
    policy = f"default-src 'none'; style-src {digest(rules)}; script-src {digest(code)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>t</title>'
        f'<style>{rules}</style></head><body><main><section id="other">{main}</section>{inside}'
        f"</main><script>{code}</script></body></html>"
    )


# --- without scripts ------------------------------------------------------------------------------


def test_the_fragment_is_complete_without_scripts(table: Explorer) -> None:
    found = fragment(table)
    state = table.at({})
    hits = int(state.uses[1][:, 1].sum())
    assert 3 <= hits < 57
    assert f"strikes in {hits} of 60 draws" in found
    assert f"<small>in {60 - hits} of 60 draws</small>" in found
    told = Scale.of("US$ million a year", 5000.0).number(
        float(np.median(state.breakdown[~state.uses[1][:, 1], 0]))
    )
    assert f"<b>{told}</b>" in found
    assert "negotiation solve Quarrel" in found
    assert "Scripts are switched off" in found
    assert 'id="explore-controls" role="group" aria-label="Settings" hidden>' in found
    assert found.count('role="status"') == 1
    ids = re.findall(r'\bid="([^"]+)"', found)
    assert len(ids) == len(set(ids))
    assert re.findall(r'\bid="explore-(?:broad|slim)-median-0" [^>]*d="M[^"]+L', found)


def test_names_cannot_act(table: Explorer) -> None:
    found = fragment(table)
    assert "<img" not in found
    assert found.count("</script>") == 1
    (data,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', found)
    read = json.loads(data)
    assert read["players"][1] == f"There {HOSTILE}"


def test_another_language_is_another_dictionary(table: Explorer) -> None:
    other = {
        name: {key: f"* {text}" for key, text in said.items()}
        if isinstance(said, dict)
        else f"* {said}"
        for name, said in sentences().items()
    }
    found = fragment(table, words=other, lang="fr-CA")
    (data,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', found)
    read = json.loads(data)
    assert read["words"]["say_start"].startswith("* ")
    assert read["lang"] == "fr-CA"
    assert "* No control has been moved." in found


def test_every_language_has_the_same_sentences_and_fields() -> None:
    def shape(said: Any) -> Any:
        if isinstance(said, dict):
            return {name: shape(each) for name, each in said.items()}
        return sorted(set(re.findall(r"{(\w+)}", said)))

    folder = Path(__file__).parents[2] / "negotiation" / "report" / "explorer" / "words"
    told = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*")}
    assert told["en"] == sentences() == sentences("xx")
    assert all(shape(found) == shape(told["en"]) for found in told.values())


def test_every_sentence_is_used() -> None:
    python = "".join(
        (Path(str(name)).read_text(encoding="utf-8"))
        for name in Path(__file__).parents[2].glob("negotiation/report/explorer/*.*")
        if name.suffix in (".py", ".js")
    )
    built = ("costs.", "threat.", "row_", "say_deal", "costs.", "error")
    for full in sentences():
        # Ends of ids are variants, said without talks or without draws.
        name = re.sub(r"(_game)?(_one)?$", "", full)
        assert name in sentences(), full
        head = next((each for each in built if name.startswith(each)), name)
        assert f'"{head}' in python or f"W.{head}" in python or f"told('{head}" in python, name


def test_a_game_without_talks_and_draws_is_told_as_one() -> None:
    @dataclass(frozen=True)
    class Hawk(Model):
        prize: float = parameter(2.0, low=0, high=10, unit="points", source="", lever_of="one")
        players = ("one", "two")
        actions = (("hawk", "dove"), ("hawk", "dove"))

        def payoffs(self) -> dict[tuple[str, str], tuple[Any, Any]]:
            v = self.prize
            return {
                ("hawk", "hawk"): ((v - 6.0) / 2.0, (v - 6.0) / 2.0),
                ("hawk", "dove"): (v, 0.0 * v),
                ("dove", "hawk"): (0.0 * v, v),
                ("dove", "dove"): (v / 2.0, v / 2.0),
            }

    found = fragment(explorer(Hawk, cache=False))
    assert "In equilibrium two plays dove." in found
    assert "talks break down" not in re.sub(r"<script.*", "", found)
    assert "90 %" not in re.sub(r"<script.*", "", found)


def test_amounts_are_tenths_of_a_billion_or_digits_that_tell() -> None:
    billions = Scale.of("US$ million a year", 5000.0)
    assert billions.number(-12345.0) == "\u221212.3"
    assert billions.number(-20.0) == "0.0"
    assert billions.money(-1240.0) == "US$1.2 billion a year"
    millions = Scale.of("US$ million a year", 80.0)
    assert millions.number(3.456) == "+3.5"
    assert Scale.of("bn USD a year", 14.5).money(2.0) == "2.0 bn USD a year"


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (0.0, 3.0), (-3.0, 0.0), (-2.0, 1e300)])
def test_an_axis_has_a_length_whatever_the_amounts_are(low: float, high: float) -> None:
    ticks = round_ticks(low, high)
    assert ticks[0] < ticks[-1]
    assert high <= ticks[-1]
    assert 0.0 in ticks


def test_a_range_needs_draws() -> None:
    assert np.isnan(DrawnSpread.of(np.arange(19.0)).low)
    assert DrawnSpread.of(np.append(np.arange(20.0), np.nan)).low == pytest.approx(0.95)
    assert np.isnan(DrawnSpread.of(np.array([np.nan])).median)


# --- the script against Python --------------------------------------------------------------------

ASK = """
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const T = NegotiationExplorer.decode(asked.data);
process.stdout.write(JSON.stringify(asked.states.map((state) =>
  NegotiationExplorer.solve(T, state))));
"""


@pytest.mark.skipif(NODE is None, reason="there is no node here to run the script with")
@pytest.mark.full
def test_states_are_those_of_python(table: Explorer) -> None:
    assert NODE is not None
    every = list(range(60))
    anger = np.linspace(0.0, 2000.0, 60)
    asked: list[tuple[dict[str, float], str, dict[str, Any]]] = [
        ({}, POSTURE, {}),
        ({"rate.far": 0.35, "hit": 0.47}, POSTURE, {}),
        ({"rate.near": 0.11, "hit": 0.15}, "in_force", {}),
        ({"hit": 0.4}, POSTURE, {"anger": anger}),
    ]
    states = [
        {
            "values": [values.get(each.name, each.start) for each in table.axes],
            "fallback": "breakdown" if fallback == POSTURE else fallback,
            "costs": {"anger": np.broadcast_to(costs.get("anger", 0.0), 60).tolist()},
            "rows": every,
        }
        for values, fallback, costs in asked
    ]
    question = {"data": Page(table, sentences(), "en").record(), "states": states}
    done = subprocess.run(
        [NODE, "-e", script() + ASK],
        input=json.dumps(question), capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for (values, fallback, costs), told in zip(asked, json.loads(done.stdout), strict=True):
        state = table.at(values, fallback, costs)
        assert [each["support"] for each in told] == state.support.tolist()
        assert _close([each["breakdown"] for each in told], state.breakdown)
        assert _close([each["deal"] for each in told], state.deal)
        if fallback != POSTURE:
            assert _close([each["fallbacks"][0] for each in told], state.fallback)


def _close(told: list[Any], want: Any) -> bool:
    found = np.array([[np.nan if x is None else x for x in each] for each in told])
    return bool(np.allclose(found, want, rtol=0.0, atol=1e-9, equal_nan=True))


# --- in a browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tab(table: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tab, Path]]:
    where = tmp_path_factory.mktemp("explorer") / "page.html"
    where.write_text(page(fragment(table)), encoding="utf-8")
    with browser() as found:
        yield found, where


def without_script(found: str) -> Mapping[str, str]:
    """Texts of the fragment as it was written, by the ids that the script fills."""
    kept = {}
    for name in ("say", "rows", "places", "command"):
        (inner,) = re.findall(rf'id="explore-{name}"[^>]*>(.*?)</(?:p|tbody|code)>', found)
        text = re.sub(r"<[^>]*>", "", inner)
        for mark, code in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;")):
            text = text.replace(code, mark)
        kept[name] = text.replace("&amp;", "&")
    return kept


@needs_browser
@pytest.mark.full
def test_the_script_shows_at_first_what_stands_there(
    table: Explorer, tab: tuple[Tab, Path]
) -> None:
    here, where = tab
    found = fragment(table)
    here.open(where)
    assert here.run('document.getElementById("explore-controls").hidden') is False
    for name, text in without_script(found).items():
        assert here.text(f"#explore-{name}") == text
    paths = re.findall(r'id="(explore-broad-(?:median|band)-\d)" [^>]* d="([^"]*)"', found)
    assert len(paths) == 4
    for name, path in paths:
        told = here.run(f'document.getElementById("{name}").getAttribute("d")')
        numbers = [np.array(re.findall(r"[\d.]+", each), dtype=float) for each in (told, path)]
        assert len(numbers[0]) == len(numbers[1])
        assert np.abs(numbers[0] - numbers[1]).max(initial=0.0) < 0.11
    assert here.complaints == []
    assert here.run("window.hit") is None
    assert here.requests == [where.as_uri()]


@needs_browser
@pytest.mark.full
def test_the_address_restores_the_state(table: Explorer, tab: tuple[Tab, Path]) -> None:
    here, where = tab
    here.open(where, "#r.far=35&h=47")
    state = table.at({"rate.far": 0.35, "hit": 0.47})
    count = int(state.uses[1][:, 1].sum())
    word = (
        f"in {count} of 60 draws" if 0 < count < 60 else ("none of 60", "all 60 draws")[count > 0]
    )
    assert word in here.text("#explore-say")
    assert here.text("#explore-r-value") == "several values"
    assert "--set rate.far=0.35 --set hit=0.47" in here.text("#explore-command")
    # Beyond its ends a value is at the end, and what means nothing is passed over.
    here.open(where, "#h=900&r=-3&f=nonsense&c=%zz&x=1&r.near=abc")
    assert here.text("#explore-h-value") == "50\u00a0%"
    assert here.text("#explore-r-value") == "0\u00a0%"
    told = here.text("#explore-address")
    assert told.startswith("This link has other settings than the report")
    assert "the nearest possible value is 50\u00a0%." in told
    for part in ("f=nonsense", "x=1", "r.near=abc"):
        assert f"\u201c{part}\u201d in the address means nothing here and was left out." in told
    here.open(where, "#other")
    assert "No control has been moved." in here.text("#explore-say")
    assert here.complaints == []


@needs_browser
@pytest.mark.full
def test_keys_move_sliders_and_one_region_speaks(tab: tuple[Tab, Path]) -> None:
    here, where = tab
    here.open(where)
    before = here.text("#explore-say")
    here.run('document.getElementById("explore-h").focus()')
    here.press("ArrowRight")
    assert here.run("location.hash") == "#h=31"
    assert here.run('document.getElementById("explore-h").getAttribute("aria-valuetext")') == (
        "31 percent"
    )
    # Nothing is said before the reader has stopped, however slow the machine is.
    early = here.run(
        """new Promise((done) => {
          const slider = document.getElementById("explore-h"), start = performance.now();
          slider.value = 32;
          slider.dispatchEvent(new Event("input"));
          requestAnimationFrame(() => requestAnimationFrame(() => done(
            performance.now() - start < 390 ? document.getElementById("explore-live").textContent
              : "")));
        })"""
    )
    assert early != here.text("#explore-say")
    path = 'document.getElementById("explore-broad-ribbon").getAttribute("d")'
    share = here.run(path)
    here.press("End")
    assert here.run("location.hash") == "#h=50"
    here.run("new Promise((done) => setTimeout(done, 600)).then(() => 1)")
    assert here.run(path) != share
    assert here.text("#explore-live") == here.text("#explore-say") != before
    here.run('document.getElementById("explore-reset").click()')
    assert here.text("#explore-say") == before
    assert here.run("location.hash") == ""


@needs_browser
@pytest.mark.full
def test_a_control_without_effect_says_why(tab: tuple[Tab, Path]) -> None:
    here, where = tab
    here.open(where, "#f=breakdown")
    assert here.text("#explore-h-why") == ""
    assert "If there is no deal, talks break down." in here.text("#explore-say")
    # The old word for it is understood as well.
    here.open(where, "#f=in_force")
    assert here.text("#explore-h-why") == (
        "Moves only what happens if talks break down, as long as today's dispute goes on."
    )
    assert here.run('document.getElementById("explore-r").disabled') is False
    near = 'document.getElementById("explore-r.near-why").textContent'
    assert here.run(near) == here.text("#explore-h-why")
    assert "--threat" not in here.text("#explore-command")
    here.open(where, "#c=fixed&a=1.2")
    assert here.run('document.getElementById("explore-a").disabled') is False
    assert "--set anger=1200" in here.text("#explore-command")
    here.open(where, "#f=breakdown")
    assert here.text("#explore-command").endswith(" --threat posture")
    assert here.text("#explore-a-why") == "No effect: political costs are not set here."


@needs_browser
@pytest.mark.full
def test_it_fits_a_phone(tab: tuple[Tab, Path]) -> None:
    here, where = tab
    here.open(where, width=390)
    assert here.run("document.documentElement.scrollWidth") == 390
    assert here.run('getComputedStyle(document.querySelector(".slim")).display') == "block"
    here.open(where)


def test_what_is_done_instead_is_named(table: Explorer) -> None:
    found = Page(table, sentences(), "en")
    assert found.instead([0]) == "plays calm"
    assert found.instead([0, 1]) == "plays calm or strikes"
    assert found.instead([0, 0, 1]) == "plays calm, plays calm or strikes"
    assert found.instead([]) == "does something else"


def test_a_range_says_who_concedes_without_signs(table: Explorer) -> None:
    found = Page(table, sentences(), "en")
    words = found._range_words
    assert words(DrawnSpread(-1000.0, -2700.0, 2100.0)) == (
        " (90 % range: from conceding 2.7 to gaining 2.1)"
    )
    assert words(DrawnSpread(-2000.0, -4700.0, -1600.0)) == " (90 % range: 1.6 to 4.7)"
    assert words(DrawnSpread(2000.0, 1600.0, 4700.0)) == " (90 % range: 1.6 to 4.7)"
