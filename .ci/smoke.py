"""An installed negotiation works: run by the Python of its environment, outside the checkout."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import version
from pathlib import Path

import negotiation

PACKAGE = Path(negotiation.__file__).resolve().parent

#: What is no module and must be there all the same.
CARRIED = (
    "py.typed",
    "shipped_models/tariff_standoff.py",
    "shipped_models/canada_us/model.py",
    "shipped_models/canada_us/README.md",
    "shipped_models/canada_us/data/flows.csv",
    "shipped_models/canada_us/data/sectors.csv",
)


def run(*arguments: str, where: str) -> str:
    """Run the command as it was installed; what it printed."""
    command = Path(sysconfig.get_path("scripts")) / "negotiation"
    done = subprocess.run(
        (str(command), *arguments),
        cwd=where,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    if done.returncode or "Warning" in done.stderr or "Traceback" in done.stderr:
        sys.exit(f"negotiation {' '.join(arguments)}: {done.returncode}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Fail with a sentence where something is missing or wrong."""
    if "site-packages" not in PACKAGE.parts:
        sys.exit(f"{PACKAGE} is not what was installed")
    missing = [name for name in CARRIED if not (PACKAGE / name).is_file()]
    if missing:
        sys.exit(f"not in {PACKAGE}: {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as where:
        said = run("--version", where=where)
        assert version("negotiation") in said, said
        solved = json.loads(run("solve", "canada_us", "--format", "json", where=where))
        assert solved["certified"], solved["status"]
        assert solved["selection"]["support"] == "retaliate/escalate", solved["selection"]
        vary = ("--vary", "diversification=0:0.4:3")
        run("sweep", "canada_us", *vary, "--draws", "0", "-o", "run.csv", where=where)
        with (Path(where) / "run.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == 3
    print(f"negotiation {version('negotiation')} works, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
