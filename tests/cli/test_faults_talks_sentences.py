"""T1: every study of several odd models is read by rules that hold for any sentence."""

from __future__ import annotations

# ruff: noqa: E501 - lines of the planted models
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from negotiation import load_model
from negotiation.cli.console import run
from negotiation.words import measured, money, share

HEAD = """from dataclasses import dataclass
import numpy as np
from negotiation import AgreementSet, Model, Quantity, Talks, parameter
from negotiation.bargaining import Packages


@dataclass(frozen=True)
class Odd(Model):
"""

#: Names without an article, units that are no money, ties, no deal, one action each, NaN results.
MODELS = {
    "shadow": """    seed: float = parameter(3.0, low=1, high=9, unit="seed", source="t", about="seed", lever_of="mexico")
    stakes: float = parameter(22.0 / 3.0, low=0, high=30, unit="utils", source="t", lever_of="row")
    effort: float = parameter(0.5, low=0, high=1, unit="share", source="t", lever_of="mexico")
    players = ("mexico", "row")
    actions = (("low", "high"), ("a1", "a2"))
    payoff_unit = "utils"
    horizon = "one shot"

    def payoffs(self):
        s = self.stakes
        return {("low", "a1"): (1.0, 1.0), ("low", "a2"): (0.0, 1.0),
                ("high", "a1"): (1.0, 0.0 * s), ("high", "a2"): (-self.seed, -s)}

    def talks(self):
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(2.0 + 0.0 * self.seed))

    def lever_cost(self, name):
        return 2.0 if name == "effort" else None
""",
    "seedy": """    grain: float = parameter(3.0, low=1, high=9, unit="grain", source="t", about="seed", lever_of="mexico")
    stakes: float = parameter(22.0 / 3.0, low=0, high=30, unit="utils", source="t", lever_of="row")
    effort: float = parameter(0.5, low=0, high=1, unit="share", source="t", lever_of="mexico")
    mood: str = parameter("calm", choices=("calm", "mad"), unit="", source="t")
    players = ("mexico", "row")
    actions = (("low", "high"), ("a1", "a2"))
    payoff_unit = "utils"
    horizon = "one shot"

    def payoffs(self):
        s, k = self.stakes, self.grain * (1 + self.effort)
        m = 2.0 if self.mood == "mad" else 1.0
        return {("low", "a1"): (-m * k, -s), ("low", "a2"): (-k - 1, -s - 1),
                ("high", "a1"): (-k - 2, s), ("high", "a2"): (-self.grain, -s * k)}

    def talks(self):
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(2.0 + 0.0 * self.grain))

    def lever_cost(self, name):
        return 2.0 if name == "effort" else None

    def levers_worth(self):
        return np.stack([1.0 * np.asarray(self.effort), 0 * np.asarray(self.effort)], axis=-1)

    def size(self):
        return np.array([3.0, 1.0])
""",
    "oneact": """    x: float = parameter(1.0, low=0, high=2, unit="US$", source="t", lever_of="b")
    players = ("b", "c")
    actions = (("wait",), ("wait",))
    payoff_unit = "US$"

    def payoffs(self):
        return {("wait", "wait"): (-1.0 * self.x, 1.0 * self.x)}

    def talks(self):
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(4.0 * self.x))
""",
    "nodeal": """    x: float = parameter(1.0, low=0, high=2, unit="US$", source="t", lever_of="mexico")
    tariffs: float = parameter(0.1, low=0, high=2, unit="percent of trade", source="t", stake="")
    word: str = parameter("p", choices=("p", "q"), unit="w", source="t")
    players = ("mexico", "brazil")
    actions = (("low", "high"), ("stay", "go"))
    payoff_unit = "percent of GDP"
    names = {"mexico": "Mexico", "brazil": "the Federative Republic"}

    def payoffs(self):
        return np.array([[[0.5, -1.0], [1.0 * self.x if np.ndim(self.x) == 0 else 1.0, -0.1]], [[1.0, 2.0], [0.5, 0.2]]]) if np.ndim(self.x) == 0 else np.stack([np.array([[[0.5, -1.0], [v, -0.1]], [[1.0, 2.0], [0.5, 0.2]]]) for v in np.ravel(self.x)]).reshape(*np.shape(self.x), 2, 2, 2)

    def talks(self):
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(-5.0), inside=(-0.1, -0.2), discount=(0.1, 0.2), hazard=0.3)
""",
    "nans": """    t1: float = parameter(1.0, low=0, high=1, unit="share", source="t", stake="T", name="at_stake.one")
    t2: float = parameter(1.0, low=0, high=1, unit="share", source="t", stake="U", name="at_stake.two")
    push: float = parameter(0.3, low=0, high=1, unit="share of effort", source="t", lever_of="a")
    players = ("a", "b")
    actions = (("up", "down"), ("left", "right"))
    payoff_unit = "points"
    names = {"a": "Anna", "b": "Bob"}

    def payoffs(self):
        k = self.t1 + 2 * self.t2
        return {("up", "left"): (3.0 * k, 2.0 * k), ("up", "right"): (0.0 * k, 0.0 * k),
                ("down", "left"): (0.0 * k, 0.0 * k), ("down", "right"): (2.0 * k, 3.0 * k)}

    def talks(self):
        return Talks(self.players, (7.0, 7.0), AgreementSet.frontier([(0.0, 12.0), (8.0, 8.0), (12.0, 0.0)]))

    def outcomes(self):
        return {"ratio": Quantity(np.full((2, 2), np.nan), "share", "a ratio that is not defined"),
                "big": Quantity(np.full((2, 2), np.inf), "million things", "infinite")}

    def packages(self):
        return Packages(self.players, ("T", "U"), (("n", "y"), ("n", "y", "z")), np.array([[[1., 2, 3], [4, 5, 6]], [[6., 5, 4], [3, np.nan, 1]]]))
""",
    "zero": """    k: float = parameter(1.0, low=0, high=1, unit="share", source="t", stake="all of it")
    l: float = parameter(0.5, low=0, high=1, unit="share of k", source="t", lever_of="north & co")
    players = ("north & co", "the south")
    actions = (("fight", "yield"), ("fight", "yield"))
    payoff_unit = "EUR bn"

    def payoffs(self):
        k = self.k
        return {("fight", "fight"): (-1.0 * k, -1.0 * k), ("fight", "yield"): (1.0 * k, -2.0 * k),
                ("yield", "fight"): (-2.0 * k, 1.0 * k), ("yield", "yield"): (0.0 * k, 0.0 * k)}

    def talks(self):
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0), inside=(-1.0, -1.0), discount=(0.1, 0.1))

    def packages(self):
        return Packages(self.players, ("one",), (("n", "y"),), np.array([[-0.5, 0.], [-0.5, 0.]]), transfer=0.5)
""",
    "three": """    k: float = parameter(1.0, low=0, high=2, unit="k", source="t", lever_of="x")
    players = ("x", "y", "z")
    actions = (("a", "b"), ("a", "b"), ("go on", "stop"))
    payoff_unit = ""

    def payoffs(self):
        k = np.asarray(self.k)
        t = np.zeros((*k.shape, 3, 2, 2, 2))
        t[..., 0, 0, :, :] = k[..., None, None]
        t[..., 1, :, 1, :] = 1.0
        t[..., 2, :, :, 0] = 0.5
        return t
""",
}

COMMANDS = (
    "solve",
    "audit",
    "credibility",
    "explain",
    "explain walkout",
    "explain ncl",
    "attribute --by tables",
    "package",
    "models show",
    "solve --threat dispute",
    "solve --threat status_quo",
)

#: What no sentence says; `{label}` is a player, `{action}` an action of one.
NEVER = (
    r"\bnan\b",
    r"\binf\b",
    r"\bNone\b",
    r" [,.;:]",
    r"(?<!\w)\(\)",
    r"[,;:] ?[,;:.]",
    r"\b(gains|loses|gain|lose|pays|is paid|costs|cost) (it )?0\b(?![.,]\d)",
    r"\b(\w{3,}) \1\b",
    r"\d\.\d{8,}",
    r"undefined: undefined",
    r"no deal: no deal",
    r"deal to look at: no deal",
    r"\b1 (other )?(choices|packages|pitfalls) ",
    r"per \$",
    r"a \$",
    r"a dollar",
    r"free trade",
    r"On the table: \.",
    r"[Tt]he {label}\b",
    r"would {action}\b",
    r"to {action}\b(?! (or|and|from))",
    r"costs? {label} 0\b",
)

#: Words that are doubled rightly: profiles and names of the models.
DOUBLED = re.compile(r"\b(north|wait|one|calm)\b")


def planted(name: str, folder: Path) -> Path:
    path = folder / f"{name}.py"
    path.write_text(f'"""Odd: {name}."""\n{HEAD}{MODELS[name]}', encoding="utf-8")
    return path


def complaints(text: str, players: tuple[str, ...], actions: tuple[str, ...]) -> list[str]:
    """What is wrong with the sentences of a text."""
    # Tables and commands are no sentences.
    lines = [line for line in text.splitlines() if not re.search(r"\S {2,}\S|^ {9}", line)]
    told = " ".join(" ".join(lines).split())
    found = []
    for pattern in NEVER:
        filled = pattern.replace("{label}", "(" + "|".join(map(re.escape, players)) + ")")
        filled = filled.replace("{action}", "(" + "|".join(map(re.escape, actions)) + ")")
        for each in re.finditer(filled, told):
            if pattern.startswith(r"\b(\w{3,})") and DOUBLED.search(each.group()):
                continue
            found.append(f"{pattern}: ...{told[max(0, each.start() - 60) : each.end() + 30]}...")
    return found


@pytest.mark.full
@pytest.mark.parametrize("name", MODELS)
def test_t1_every_study_speaks_in_sentences_that_hold(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = planted(name, tmp_path)
    model = load_model(str(path))
    actions = tuple(dict.fromkeys(a for own in model.actions for a in own if len(a) > 1))
    bare = tuple(each for each in model.players if each not in model.names and " " not in each)
    wrong = []
    for command in COMMANDS:
        verb, *rest = command.split()
        words = [verb, *rest[:1], str(path)] if verb == "models" else [verb, str(path), *rest]
        code = run(words)
        said = capsys.readouterr()
        assert code in (0, 2, 4), said.err
        for text in (said.out, said.err):
            wrong += [f"{command}: {each}" for each in complaints(text, bare or ("?",), actions)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "The mexico would low.",
        "It costs mexico 0 and row 0.",
        "Over concepts it differs by up to nan.",
        "At seed = 3 seed it changes.",
        "stakes=7.333333333333333 is odd.",
        "mexico would low, 0 better for it than high.",
        "Best lever per $: x.",
    ],
)
def test_t1_the_rules_catch_what_was_found(text: str) -> None:
    seen = complaints(text, ("mexico", "row", "b"), ("low", "high", "a1"))
    assert seen or "seed = 3 seed" in text


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (lambda: measured("seed", 3.0, "seed"), "seed = 3"),
        (lambda: measured("share_of_trade", 0.5, "share"), "share_of_trade = 0.5"),
        (lambda: measured("tariff", 0.25, "ad valorem rate"), "tariff = 0.25 ad valorem rate"),
        (lambda: measured("x", 22 / 3, ""), "x = 7.33333"),
        (lambda: money(0.99999), "1.000"),
        (lambda: money(999.99), "1,000"),
        (lambda: money(-9.9999), "-10.00"),
        (lambda: share(-1e-9), "0.000"),
        (lambda: share(-0.25), "-0.250"),
    ],
)
def test_t1_numbers_with_their_units(got: Callable[[], str], wanted: str) -> None:
    assert got() == wanted


def test_t1_a_default_has_no_more_digits_than_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "show", str(planted("shadow", tmp_path))]) == 0
    out = capsys.readouterr().out
    assert "stakes = 7.33333\n" in out
    assert "seed = 3.0\n" in out


def test_t1_a_game_that_a_parameter_does_not_move_is_audited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Payoffs of one game for a cloud of points were an IndexError in the audit."""
    assert run(["audit", str(planted("nodeal", tmp_path))]) == 0
    assert "pitfalls occur here" in capsys.readouterr().out
