"""D6: the notebooks of `examples/` are those of the scripts, and every cell of them runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.docs import notebooks
from tests.docs.pages import ROOT

NAMES = [path.stem for path in notebooks.SCRIPTS]


def test_there_are_three_and_the_page_shows_them() -> None:
    page = (notebooks.EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert len(NAMES) == 3
    assert all(f"[{name}.ipynb]({name}.ipynb)" in page for name in NAMES)


def test_a_script_is_taken_apart_into_cells() -> None:
    script = "# %% [markdown]\n# # Title\n#\n# Text\n\n# %%\nx = 1  # one\n\n# %%\nx\n"
    found = list(notebooks.cells(script))
    assert found == [("markdown", "# Title\n\nText"), ("code", "x = 1  # one"), ("code", "x")]
    made = json.loads(notebooks.notebook(script))
    assert [each["cell_type"] for each in made["cells"]] == ["markdown", "code", "code"]


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_a_script_is_as_short_as_the_text_says(name: str) -> None:
    """Thirty lines of code, docstrings and blanks aside, in what is called thirty lines."""
    text = (notebooks.EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    if "thirty lines" not in text:
        return
    model = text.partition("@dataclass")[2].partition("# %% ")[0]
    lines = [each for each in model.splitlines() if each.strip() and '"""' not in each]
    assert len(lines) <= 35


@pytest.mark.full
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_of_a_notebook_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat: Any = pytest.importorskip("nbformat", reason="the extra docs has nbformat")
    nbclient: Any = pytest.importorskip("nbclient", reason="the extra docs has nbclient")
    pytest.importorskip("ipykernel", reason="the extra docs has ipykernel")
    for place in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(place, str(tmp_path / place))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    found = nbformat.read(notebooks.EXAMPLES / f"{name}.ipynb", as_version=4)
    nbformat.validate(found)
    client = nbclient.NotebookClient(
        found, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    outputs = [each for cell in found.cells if cell.cell_type == "code" for each in cell.outputs]
    told = [each for each in outputs if each.get("name") == "stderr"]
    assert not told, told
    assert sum("text/html" in each.get("data", {}) for each in outputs) >= 1
