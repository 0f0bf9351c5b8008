"""B20, T4: one story of `+`, `,` and `all`, and one name for each table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from negotiation import load_model
from negotiation.cli.console import run
from negotiation.errors import ParameterError
from negotiation.study import sweep

CANADA = load_model("canada_us")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("EU27,GBR", ["'EU27,GBR'", "'+' joins several in one value (EU27+GBR)", "',' parts"]),
        ("all+EU27", ["'all+EU27'", "'all' alone", "joined by '+'"]),
        ("EU27+all", ["'EU27+all'", "'all' alone"]),
        ("EU27+EU27", ["'EU27' twice"]),
        ("Europe", ["'Europe'", "choose from all, MEX", "join several with '+'"]),
        ("EU27+", ["''", "join several with '+'"]),
        (3, ["'3'", "choose from"]),
    ],
)
def test_b20_what_is_no_choice_of_markets_says_how_to_write_it(
    given: object, words: list[str]
) -> None:
    with pytest.raises(ParameterError) as caught:
        CANADA.build({"markets": given})
    for each in words:
        assert each in str(caught.value)
    with pytest.raises(ParameterError):  # a sweep says so before any point is solved
        sweep(CANADA, {"markets": ["GBR", given] if isinstance(given, str) else [given]})


def test_b20_a_comma_separates_values_of_a_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(
        ["sweep", "canada_us", "--vary", "markets=EU27+GBR,CHN", "--draws", "0", "--format", "csv"]
    )
    out = capsys.readouterr().out
    assert code == 0
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == ["EU27+GBR", "CHN"]


def test_b20_the_page_of_the_model_tells_the_same_story() -> None:
    page = (Path(CANADA.catalogue_path) / "README.md").read_text(encoding="utf-8")
    assert "`all` wins" not in page
    assert "`all` alone" in page
    assert "joined by `+` in one value" in page


def test_t4_a_table_has_one_name_in_data_parameters_and_packages() -> None:
    model = CANADA()
    world, packages = model.world, model.packages()  # type: ignore[attr-defined]
    assert packages is not None
    tables = {table for table in world.tables if table}
    stakes = {spec.stake for spec in CANADA.parameters().values() if spec.stake}
    own = {name.partition(".")[2] for name in CANADA.parameters() if "diversification." in name}
    assert set(packages.tables) <= tables
    assert stakes == own == tables & stakes
    folder = Path(CANADA.catalogue_path)
    for path in sorted(folder.rglob("*.*")):
        if path.suffix in (".py", ".csv", ".md"):
            assert not re.search("metals-energy", path.read_text(encoding="utf-8")), path
