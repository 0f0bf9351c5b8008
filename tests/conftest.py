"""Settings for all tests: the quick run and the full suite, order, and what is left behind."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.leftovers import Files, children, end, files, marked

# As the command line does, before NumPy is loaded: the matrices are small, and a second thread of
# the linear-algebra library costs more than it brings.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# Nothing is kept between runs, nor in the folder of the user who runs them.
os.environ.setdefault("NEGOTIATION_CACHE", "off")

# The same examples every time and anywhere. Tests that ask for a number of their own do so by
# `tests.drawn.examples`, which gives them their share of it in the quick run.
settings.register_profile("full", derandomize=True, deadline=None, max_examples=50, database=None)
settings.register_profile("quick", settings.get_profile("full"), max_examples=10)

FILES = pytest.StashKey[Files]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("negotiation")
    group.addoption(
        "--all",
        action="store_true",
        help="the full suite: the tests marked `full` as well, and more drawn examples of each",
    )
    group.addoption(
        "--shuffle",
        metavar="SEED",
        help="run the modules, and the tests of each, in an order that this text decides",
    )


def everything(config: pytest.Config) -> bool:
    """Whether the full suite was asked for, by `--all` or by `-m` with a word about `full`."""
    return bool(config.getoption("--all")) or "full" in config.getoption("markexpr")


#: So many cases of one test the quick run takes.
CASES = 4


def few_of_each(items: list[pytest.Item]) -> set[str]:
    """Names of the tests that the quick run takes: of many cases of one test, a few, evenly spaced.

    A case is often a process of its own, or one of fifty-five games in six forms; all of them
    belong to the full suite.
    """
    cases: dict[str, list[str]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item.nodeid)
    kept: set[str] = set()
    for names in cases.values():
        number = min(CASES, len(names))
        kept.update(names[place * len(names) // number] for place in range(number))
    return kept


def _pass(number: int, frame: object) -> None:
    """Let a signal that the caller ignores pass here."""


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hypothesis-profile", default=None) is None:
        settings.load_profile("full" if everything(config) else "quick")
    # A shell starts what runs in the background with Ctrl-C ignored, and nohup ignores the end of
    # the terminal. Children inherit that, and a test that sends such a signal would wait for ever.
    # A handler of ours is not inherited: children have the system's own.
    for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", _pass)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    named = any("::" in argument for argument in config.args)
    if not everything(config) and not named:
        kept = few_of_each([item for item in items if not item.get_closest_marker("full")])
        left_out = [item for item in items if item.nodeid not in kept]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item.nodeid in kept]
    seed = config.getoption("--shuffle")
    if seed is not None:
        drawn = random.Random(seed)
        modules = sorted({item.path for item in items})
        drawn.shuffle(modules)
        place = {path: number for number, path in enumerate(modules)}
        drawn.shuffle(items)
        items.sort(key=lambda item: place[item.path])


# --- nothing is left behind -----------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_stays_registered() -> Iterator[None]:
    """What a test registers or loads is gone with it."""
    from negotiation.registry import restored  # NumPy comes with it: see above

    with restored():
        yield


@pytest.fixture(autouse=True, scope="module")
def no_process_is_left() -> Iterator[None]:
    """Whatever a module starts has ended with its last test."""
    before = {child.number for child in children()}
    yield
    left = [child for child in children() if child.number not in before]
    end(left)
    assert not left, f"still running: {', '.join(child.command for child in left)}"


@pytest.fixture(autouse=True, scope="session")
def no_stray_process_is_left() -> Iterator[None]:
    """Nor does anything run that a child of ours started and left to itself."""
    with marked() as strays:
        yield
        left = strays()
        end(left)
        assert not left, f"still running: {', '.join(child.command for child in left)}"


@pytest.fixture(autouse=True)
def back_where_we_were() -> Iterator[None]:
    """A test that changes the working directory changes it back."""
    before = Path.cwd()
    yield
    assert Path.cwd() == before, "the test left the working directory changed: use monkeypatch"


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # where pytest-xdist starts workers, once
        session.config.stash[FILES] = files(session.config.rootpath)


def pytest_sessionfinish(session: pytest.Session) -> None:
    before = session.config.stash.get(FILES, None)
    if before is None:
        return
    changed = before.against(files(session.config.rootpath))
    if changed:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.section("files that changed in the checkout while the tests ran", red=True)
            for line in changed:
                reporter.line(line)
        # In the quick run it may be somebody who is writing while the tests run.
        if everything(session.config):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
