"""T2: every Python example of the pages runs and gives what the comment beside it says."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import Case, evaluate, load_model
from negotiation.contract import check
from negotiation.errors import ParameterError
from negotiation.model import Model
from negotiation.study.revealed import resolve
from tests.docs.commands import checkout, do
from tests.docs.pages import PAGES, ROOT, Block, blocks, name_of

GUIDE = ROOT / "docs" / "adding_a_model.md"

#: Blocks of Python by page, in order.
PYTHON = {
    name_of(page): found
    for page in PAGES
    if (found := [each for each in blocks(page) if each.language == "python"])
}

#: Pages whose blocks follow each other in one session, and whether that takes seconds.
SESSIONS = {
    "README.md": True,
    "docs/explorer.md": True,
    "docs/plots.md": False,
    "docs/talks.md": True,
    "docs/schedules.md": False,
    "docs/trade_data.md": False,
    "docs/trade_policy.md": True,
    "docs/uncertainty.md": True,
}


def test_every_page_with_python_is_known() -> None:
    # games: a doctest, as it says; command_line: tests/unit/test_document.py
    known = {*SESSIONS, "docs/adding_a_model.md", "docs/games.md", "docs/command_line.md"}
    known |= {"docs/extending.md"}  # in test_extending.py
    assert set(PYTHON) <= known, "say in this file how the blocks of a new page are run"


def claims(code: str) -> dict[int, Any]:
    """What comments at the end of a line say its value is, by line; words say nothing."""
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and token.line.split("#")[0].strip():
            said = token.string.strip("# ")
            for part in (said, said.split(": ")[0], said.split(": ")[-1], said.split(", ")[0]):
                value = read(part)
                if value is not None:
                    found[token.start[0]] = value
                    break
    return found


def read(text: str) -> Any:
    """A text, a tuple or numbers such as `5/7, 2/7`; None where it is words."""
    if re.fullmatch(r"[\d./]+(, [\d./]+)*", text):
        numbers = [float(Fraction(each)) for each in text.split(", ")]
        return numbers[0] if len(numbers) == 1 else tuple(numbers)
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return None


def follow(code: str, space: dict[str, Any], where: str) -> int:
    """Run a block statement by statement; return how many values were as the comments say."""
    said, right = claims(code), 0
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.Expr):
            value = eval(compile(ast.Expression(statement.value), where, "eval"), space)
            if statement.end_lineno in said:
                expected = said[statement.end_lineno]
                told = f"{where}, line {statement.end_lineno}: {value!r}, not {expected!r}"
                if isinstance(expected, str):
                    assert value == expected, told
                else:
                    assert np.allclose(value, expected, rtol=1e-6), told
                right += 1
        else:
            exec(compile(ast.Module([statement], []), where, "exec"), space)
    return right


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    checkout(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", SESSIONS)
def test_what_a_page_imports_is_there(page: str) -> None:
    for block in PYTHON[page]:
        for statement in ast.parse(block.text).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                exec(compile(ast.Module([statement], []), block.where, "exec"), {})


@pytest.mark.parametrize("page", [page for page, slow in SESSIONS.items() if not slow])
def test_the_python_of_a_page_runs(page: str, here: Path) -> None:
    session(page)


@pytest.mark.full
@pytest.mark.parametrize("page", [page for page, slow in SESSIONS.items() if slow])
def test_the_slow_python_of_a_page_runs(page: str, here: Path) -> None:
    assert session(page) > 0, "no comment gives a value any more"


def session(page: str) -> int:
    space: dict[str, Any] = {}
    return sum(follow(block.text, space, block.where) for block in PYTHON[page])


# --- how to add a model ---------------------------------------------------------------------------


def text(page: Path) -> str:
    return " ".join(page.read_text(encoding="utf-8").split())


def of_guide(start: str) -> Block:
    """The block of the guide that has a text in it."""
    return next(each for each in PYTHON[name_of(GUIDE)] if start in each.text)


def test_the_smallest_model_is_the_file_that_ships() -> None:
    shipped = (ROOT / "models" / "tariff_standoff.py").read_text(encoding="utf-8")
    assert of_guide("class TariffStandoff").text == shipped


def test_points_and_clouds_of_the_guide(capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, Any] = {}
    block = of_guide("cloud = model(")
    assert follow(block.text, space, block.where) == 2
    support = evaluate(space["cloud"]).selection.support.tolist()
    mixed = "accept+retaliate/refrain+impose"
    assert support == ["retaliate/impose"] * 2 + [mixed] * 2
    assert f"retaliate/impose twice, then {mixed} twice" in block.text


def test_array_arithmetic_of_the_guide() -> None:
    code = of_guide("np.where(self.effort").text
    model = load_model("tariff_standoff")
    for point in (model(), model.build({"effort": np.array([0.2, 1.0])})):
        space: dict[str, Any] = {"np": np, "self": point}
        exec(code, space)
        assert np.shape(space["relief"]) == np.shape(point.value("effort"))


def test_marginal_leverage_of_the_guide() -> None:
    block = of_guide('found["diversification"]')
    assert follow(block.text, {"evaluate": evaluate, "load_model": load_model}, block.where) == 1


def test_every_block_of_the_guide_is_run() -> None:
    known = (
        "class TariffStandoff",
        "cloud = model(",
        "np.where(self.effort",
        "class TwoRegions",
        "rounds: int = parameter(",
        "class Observed",
        "prior=prior.triangular(",
    )
    for block in PYTHON[name_of(GUIDE)]:
        assert any(each in block.text for each in (*known, 'found["diversification"]')), block.where


def test_a_prior_is_declared_as_the_guide_says(tmp_path: Path) -> None:
    fields = of_guide("prior=prior.triangular(").text.split("\n\n", 1)
    lines = ["from dataclasses import dataclass", "import numpy as np", fields[0]]
    lines += ["from negotiation import Case, Model", "@dataclass(frozen=True)"]
    lines += [
        "class Believing(Model):",
        "    players = ('a', 'b')",
        "    actions = (('x',), ('u',))",
    ]
    lines += [f"    {line}" for line in fields[1].splitlines()]
    lines += ["    def payoffs(self):"]
    lines += ["        return np.zeros((2, 1, 1)) + np.asarray(self.rate)[..., None, None, None]"]
    (tmp_path / "believing.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    case = Case(str(tmp_path / "believing.py"), draws=64)
    assert {name: each.group for name, each in case.uncertain().items()} == {"rate": "rates"}
    rates = case.drawn().values["rate"]
    assert 0.10 <= rates.min() < 0.13
    assert 0.42 < rates.max() <= 0.50


def test_whole_numbers_and_truth_values_are_read_as_the_guide_says(tmp_path: Path) -> None:
    fields = of_guide("rounds: int = parameter(").text
    lines = ["from dataclasses import dataclass", "import numpy as np"]
    lines += ["from negotiation import Model, parameter", "@dataclass(frozen=True)"]
    lines += ["class Kinds(Model):", "    players = ('a', 'b')", "    actions = (('x',), ('u',))"]
    lines += [f"    {line}" for line in fields.splitlines()]
    lines += ["    def payoffs(self):", "        return np.zeros((2, 1, 1)) + 0.0 * self.rounds"]
    (tmp_path / "kinds.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    cls = load_model(str(tmp_path / "kinds.py"))
    point = cls.build({"rounds": "3", "ratified": "yes", "tariff": "25%"})
    assert (point.value("rounds"), point.value("ratified"), point.value("tariff")) == (
        3,
        True,
        0.25,
    )
    with pytest.raises(ParameterError, match="whole number"):
        cls.build({"rounds": 3.5})


def write_two_regions(folder: Path) -> Path:
    """Write the guide's model of two regions, as the guide tells the reader to."""
    (folder / "two_regions" / "data").mkdir(parents=True)
    model = folder / "two_regions"
    (model / "model.py").write_text(of_guide("class TwoRegions").text, encoding="utf-8")
    for name in ("regions", "sectors", "flows", "input_coefficients"):
        block = next(each for each in blocks(GUIDE) if f"`{name}.csv`" in each.before)
        (model / "data" / f"{name}.csv").write_text(block.text, encoding="utf-8")
    return model


def write_observed(folder: Path) -> None:
    """Write the guide's model of what is observed, as the guide tells the reader to."""
    (folder / "observed.py").write_text(of_guide("class Observed").text, encoding="utf-8")


def test_what_is_observed_in_the_guide(tmp_path: Path) -> None:
    write_observed(tmp_path)
    findings = check(str(tmp_path / "observed.py"))
    assert all(each.ok for each in findings), [each.problem for each in findings if not each.ok]
    cls = load_model(str(tmp_path / "observed.py"))
    found = resolve(cls())
    least = dict(zip(cls.actions[0], found.found.least[0].tolist(), strict=True))
    assert f"must cost the exporter at least {least['retaliate']:.0f} bn USD" in text(GUIDE)
    assert cls(tariff=0.6).cautions() != cls(tariff=0.5).cautions() == ()
    (asked,) = cls().demands()
    assert asked.growth == pytest.approx(0.6)
    costly = cls(answer_cost=3.5)
    assert str(evaluate(costly).selection.support) == "accept/impose"


@pytest.fixture
def three_regions(tmp_path: Path) -> Path:
    """The guide's model on a world with a third region, first in every file."""
    model = write_two_regions(tmp_path)
    between = {("FOO", "H"): 30, ("CAR", "H"): 20, ("FOO", "F"): 120, ("CAR", "F"): 150}
    home = 2000 - sum(between.values()) - 700
    flows = [f"FOO,T,T,0,{home},0", "CAR,T,T,0,700,0"]
    for (sector, other), sold in between.items():
        flows += [f"{sector},T,{other},0,{sold},0", f"{sector},{other},T,0,{sold},0"]
    inputs = [f"T,{using},{used},0" for using in ("FOO", "CAR") for used in ("FOO", "CAR")]
    added = {"flows.csv": flows, "input_coefficients.csv": inputs}
    for name, lines in added.items():
        path = model / "data" / name
        head, *rest = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([head, *lines, *rest]) + "\n", encoding="utf-8")
    regions = model / "data" / "regions.csv"
    head = regions.read_text(encoding="utf-8").splitlines()[0]
    rows = [head, "T,Third,2000,2000", "H,Home,1050,1050", "F,Foreign,4270,4270"]
    regions.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return model


def test_the_model_of_two_regions_keeps_the_contract(tmp_path: Path) -> None:
    """T2: the page says how many clauses hold; it said 18 where there were 19."""
    write_two_regions(tmp_path)
    findings = check(str(tmp_path / "two_regions"))
    assert all(each.ok for each in findings), [each.problem for each in findings if not each.ok]
    assert f"All {len(findings)} clauses hold" in GUIDE.read_text(encoding="utf-8")


def test_the_start_keeps_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert do(["models", "new", "my_talks"]).code == 0
    said = do(["models", "check", "my_talks.py"]).err
    assert said in [f"{each.text}" for each in blocks(GUIDE)]


def test_the_model_of_two_regions_stands_a_third(three_regions: Path) -> None:
    """T2: the example took regions for players, and failed on a world of three regions."""
    findings = check(str(three_regions))
    assert all(each.ok for each in findings), [each.problem for each in findings if not each.ok]
    model = load_model(str(three_regions))
    assert model().game().payoffs.shape == (2, 2, 2)
    outcome = evaluate(model())
    assert bool(outcome.certified)
    # The third region gains nothing by itself: payoffs are those of home and of foreign.
    worlds: Any = model()
    for p, code in enumerate(("H", "F")):
        place = worlds.worlds.world.region(code)
        assert np.array_equal(worlds.game().payoffs[p], worlds.worlds.ev[..., place])


@pytest.mark.full
def test_the_figures_of_the_guide_are_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_two_regions(tmp_path)
    page = GUIDE.read_text(encoding="utf-8")
    said = do(["solve", "./two_regions"])
    assert said.code == 0
    for number in ("-17.57", "-11.25", "-3.159"):
        assert number in page
        assert number in said.out
    table = next(each.text for each in blocks(GUIDE) if "spent" in each.text)
    assert table in said.out
    swept = do(["sweep", "./two_regions", "--vary", "rate=0.05:0.5:4"]).out
    for number in ("0.111253", "0.25841"):
        assert number in page
        assert number in swept
    standoff = do(["solve", "tariff_standoff"]).out
    for number in ("-14.50", "+0.7500", "-7.625"):
        assert number in page
        assert number in standoff


def test_the_frontier_of_the_guide() -> None:
    """The deals that the page gives for a frontier of three packages."""
    from negotiation import AgreementSet, Talks
    from negotiation.bargaining import bargain

    talks = Talks(
        ("exporter", "importer"),
        (0.0, 0.0),
        AgreementSet.frontier([(-20.0, 12.0), (-5.0, 8.0), (0.0, 0.0)]),
    )
    model: type[Model] = load_model("tariff_standoff")
    threat = evaluate(model()).threat.payoffs
    page = " ".join(GUIDE.read_text(encoding="utf-8").split())
    for concept, number in (
        ("nash", "-5.000"),
        ("kalai_smorodinsky", "-4.727"),
        ("egalitarian", "-6.776"),
    ):
        assert f"{bargain(talks, threat, concept).payoffs[0]:.3f}" == number
        assert number in page
