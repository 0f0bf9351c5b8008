"""A wheel and a source distribution hold what they should, and nothing else.

`python .ci/distributions.py FOLDER` looks at the one wheel and the one source distribution there.
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Folders of the checkout, and where the wheel has them.
CARRIED = {"negotiation": "negotiation", "models": "negotiation/shipped_models"}
#: What a packager needs: the code, its tests, and what these read.
NEEDED = (
    *("README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "pyproject.toml"),
    *("tests/conftest.py", "docs/notation.md", "benchmarks/__main__.py", ".ci/run"),
)


def _files(folder: str) -> set[str]:
    """Files below a folder of the checkout, without what Python writes there."""
    return {
        path.relative_to(ROOT / folder).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", "shipped_models"} & set(path.parts)
    }


def wheel(path: Path) -> list[str]:
    """Say what is missing from a wheel, and what it has too much."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    expected = {f"{inside}/{name}" for at, inside in CARRIED.items() for name in _files(at)}
    extra = {name for name in names - expected if ".dist-info/" not in name}
    return [f"missing: {name}" for name in sorted(expected - names)] + [
        f"too much: {name}" for name in sorted(extra)
    ]


def source(path: Path) -> list[str]:
    """Say what is missing from a source distribution, and what it has too much."""
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    expected = {f"{at}/{name}" for at in (*CARRIED, "tests", "docs") for name in _files(at)}
    junk = [name for name in names if name.endswith((".pyc", ".egg-info", ".venv"))]
    return [f"missing: {name}" for name in sorted({*expected, *NEEDED} - names)] + [
        f"too much: {name}" for name in sorted(junk)
    ]


def main(folder: Path) -> int:
    """Look at both; 1 if anything is wrong."""
    (built,), (packed,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    wrong = [
        *(f"{built.name}: {each}" for each in wheel(built)),
        *(f"{packed.name}: {each}" for each in source(packed)),
    ]
    print("\n".join(wrong) if wrong else f"{built.name} and {packed.name} hold what they should")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
