"""Text files as they should be: clean ends of lines and files, no conflicts, nothing large.

`python .ci/hygiene.py` lists what is wrong and leaves with 1; with `--fix` it mends ends of lines
and of files. It looks at what git would commit, and elsewhere at every file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Bytes; pictures and data above this belong elsewhere.
LARGE = 512 * 1024

#: What is not text.
BINARY = {".png", ".svg", ".ico", ".gz", ".nc", ".parquet"}
#: Two spaces at the end of a line of Markdown break it.
TRAILING = {".md"}


def paths() -> list[Path]:
    """Files that git knows or would add; where there is no git, all but those of environments."""
    try:
        listed = subprocess.run(
            ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        return sorted(_walk())
    return sorted(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def _walk() -> Iterator[Path]:
    for place, folders, names in os.walk(ROOT):
        here = Path(place)
        folders[:] = [
            each
            for each in folders
            if not each.endswith(("cache__", "_cache", ".egg-info"))
            and each not in (".git", ".hypothesis", "build", "dist")
            and not (here / each / "pyvenv.cfg").is_file()
        ]
        yield from (here / name for name in names)


def mended(text: bytes, suffix: str) -> bytes:
    """Give a text the ends of lines and the end of file that it should have."""
    lines = text.replace(b"\r\n", b"\n").split(b"\n")
    if suffix not in TRAILING:
        lines = [line.rstrip(b" \t") for line in lines]
    return b"\n".join(lines).rstrip(b"\n") + b"\n" if text.strip() else b""


def faults(path: Path, text: bytes) -> Iterator[str]:
    """Say what is wrong with a file, beyond what `mended` mends."""
    if len(text) > LARGE:
        yield f"{len(text):,} bytes, more than {LARGE:,}"
    if path.suffix in BINARY:
        return
    for number, line in enumerate(text.split(b"\n"), 1):
        if line.startswith((b"<<<<<<< ", b">>>>>>> ")) or line == b"=======":
            yield f"line {number}: left from a merge"
    try:
        words = text.decode()
        if path.suffix == ".toml":
            tomllib.loads(words)
        elif path.suffix == ".json":
            json.loads(words)
    except ValueError as error:
        yield str(error)


def main(arguments: list[str]) -> int:
    """Look at every file; 1 if any has a fault, mended or not."""
    wrong = []
    for path in paths():
        text = path.read_bytes()
        found = list(faults(path, text))
        if path.suffix not in BINARY and (better := mended(text, path.suffix)) != text:
            found.append("spaces at the end of a line, or another end of file than one newline")
            if "--fix" in arguments:
                path.write_bytes(better)
        wrong += [f"{path.relative_to(ROOT).as_posix()}: {each}" for each in found]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
