"""The command line: no logic, only reading arguments and showing results."""

from __future__ import annotations

import contextlib
import os
import sys

#: Variables by which linear-algebra libraries are told how many threads to use.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def _leave_if_asked() -> None:
    """Answer signals while the program is still being loaded: there is nothing to tidy up."""
    import signal

    def leave(number: int, frame: object) -> None:
        with contextlib.suppress(OSError):
            os.write(2, b"interrupted; nothing was written\n")
        os._exit(130 if number == signal.SIGINT else 143)

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) not in (None, signal.SIG_IGN):
            signal.signal(number, leave)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    if arguments is None:
        _leave_if_asked()
    for name in _THREADS:
        # The matrices are small: a second thread costs more than it brings, and answers would
        # depend on it in the last digit. Must be set before NumPy is loaded.
        os.environ.setdefault(name, "1")
    from negotiation import interrupts

    try:
        interrupts.listen()
        from negotiation.cli import streams

        streams.prepare(alone=arguments is None)
        from negotiation.cli.console import run

        code = run(arguments)
        interrupts.stop_listening(for_good=arguments is None)
    except BaseException as error:
        # Loading the program was interrupted, which may look like anything.
        if not interrupts.received() and not isinstance(error, KeyboardInterrupt):
            raise
        code = _stopped()
    # Called with arguments it is part of another program, which goes on.
    interrupts.stop_listening(for_good=arguments is None)
    interrupts.tidy()
    from negotiation.cli import streams

    streams.finish()
    sys.exit(int(code))


def _stopped() -> int:
    """Say that the program was stopped while it was loaded, or between two of its steps."""
    from negotiation import interrupts
    from negotiation.errors import ExitCode

    with interrupts.deaf():
        from negotiation.cli.streams import say
        from negotiation.report.output import written

        say(f"interrupted; {written()} was written")
    return ExitCode.TERMINATED if interrupts.terminated() else ExitCode.INTERRUPTED
