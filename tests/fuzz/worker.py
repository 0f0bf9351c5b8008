"""A process that runs cases one after the other, as the command line would, and reports."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

#: Memory a case may ask for, in bytes, where the system lets a process bound itself.
MEMORY = 4 << 30


def bounded() -> None:
    """Bound the memory of this process where that can be done."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def peak() -> int:
    """Largest memory of this process so far, in bytes; 0 where that is not known."""
    if sys.platform == "win32":
        return 0
    import resource

    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def files_in(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() + ("/" if path.is_dir() else "")
        for path in folder.rglob("*")
    )


def execute(words: list[str], folder: str) -> dict[str, Any]:
    """Run one command line in a folder; stdout and stderr are as strict as real ones."""
    from negotiation.cli.console import run

    out, err = io.BytesIO(), io.BytesIO()
    own = sys.stdout, sys.stderr, sys.stdin
    streams = (
        io.TextIOWrapper(out, encoding="utf-8", errors="strict"),
        io.TextIOWrapper(err, encoding="utf-8", errors="backslashreplace"),
    )
    sys.stdout, sys.stderr = streams
    sys.stdin = io.StringIO("")
    os.chdir(folder)
    start = time.process_time()
    code: int | None = None
    broken = where = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            code = run(words)
        sys.stdout.flush()
    except SystemExit as leaving:
        broken, where = f"SystemExit {leaving.code}", "run"
    except BaseException as error:
        broken = f"{type(error).__name__}: {error}"[:300]
        frames = [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
            if "negotiation" in frame.filename
        ]
        where = frames[-1] if frames else "?"
    finally:
        for stream in streams:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        sys.stdout, sys.stderr, sys.stdin = own
    return {
        "code": code,
        "broken": broken,
        "where": where,
        "out": out.getvalue().decode("utf-8", "surrogateescape"),
        "err": err.getvalue().decode("utf-8", "surrogateescape"),
        "seconds": time.process_time() - start,
        "peak": peak(),
        "files": files_in(Path(folder)),
    }


def main() -> None:
    """Read cases from stdin, one JSON object a line; answer each with another."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing else may get among the answers
    bounded()
    for line in sys.stdin:
        asked = json.loads(line)
        answers.write(json.dumps(execute(asked["words"], asked["folder"])) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
