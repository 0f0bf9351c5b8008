"""The command line: no logic, only reading arguments and showing results."""

from __future__ import annotations

import os
import sys

#: Variables by which linear-algebra libraries are told how many threads to use.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    for name in _THREADS:
        # The matrices are small: a second thread costs more than it brings, and answers would
        # depend on it in the last digit. Must be set before NumPy is loaded.
        os.environ.setdefault(name, "1")
    try:
        from negotiation.cli.console import run

        code = run(arguments)
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        code = 130
    sys.exit(code)
