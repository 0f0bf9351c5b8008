"""Known answers beside those that were found, and all problems one after the other."""

from __future__ import annotations

import dataclasses
import json
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from negotiation import __version__
from negotiation.errors import MissingExtraError, told


class Engine(StrEnum):
    """A part of the package that answers for itself."""

    GAMES = "games"
    BARGAINING = "bargaining"
    TRADE = "trade"
    UNCERTAINTY = "uncertainty"
    MODELS = "models"


@dataclasses.dataclass(frozen=True)
class KnownAnswer:
    """A number that is known, and what was found for it.

    Attributes
    ----------
    engine : Engine
    problem, quantity : str
        Keys; `report.verify` has the words.
    expected, found : float
        Of several numbers those that differ most. `found` is NaN where there is no answer.
    allowed : float
        Largest difference that still agrees, in the unit of the numbers.
    count : int
        How many numbers were compared.
    failure : str
        What was raised in place of an answer; empty: nothing.
    """

    engine: Engine
    problem: str
    quantity: str
    expected: float
    found: float
    allowed: float
    count: int = 1
    failure: str = ""

    @property
    def difference(self) -> float:
        """How far the answer is off, without a sign."""
        return abs(self.found - self.expected)

    @property
    def holds(self) -> bool:
        """Whether what was found agrees with what is known."""
        return self.difference <= self.allowed


@dataclasses.dataclass(frozen=True)
class Verification:
    """Every known answer, and the seconds that it took.

    Attributes
    ----------
    answers : tuple of KnownAnswer
    left_out : tuple of str
        Problems that need a library that is not installed.
    versions : mapping
        Of Python and the libraries by name; empty for one that is not installed.
    platform : str
    finished : str
        Date and time, ISO 8601, UTC.
    seconds : float
    """

    answers: tuple[KnownAnswer, ...]
    left_out: tuple[str, ...]
    versions: Mapping[str, str]
    platform: str
    finished: str
    seconds: float

    @property
    def wrong(self) -> tuple[KnownAnswer, ...]:
        """Answers that do not agree."""
        return tuple(each for each in self.answers if not each.holds)

    @property
    def holds(self) -> bool:
        """Whether every answer agrees."""
        return not self.wrong


#: What a problem yields: a quantity, what is known of it, what was found, what may be between.
Compared = tuple[str, ArrayLike, ArrayLike, float]
Problem = Callable[[], Iterator[Compared]]


@cache
def data() -> dict[str, Any]:
    """Return the inputs and answers that are no closed form."""
    place = Path(__file__).with_name("answers.json")
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


def verify(progress: Callable[[int, int], object] | None = None) -> Verification:
    """Solve every known problem, quick ones first.

    Parameters
    ----------
    progress : callable, optional
        Called with how many problems are done, and of how many.
    """
    begin = time.perf_counter()
    problems = [
        (engine, name, each)
        for engine in Engine
        for name, each in import_module(f"negotiation.study.verify.{engine}").PROBLEMS.items()
    ]
    answers: list[KnownAnswer] = []
    left_out: list[str] = []
    for done, (engine, name, problem) in enumerate(problems):
        if progress is not None:
            progress(done, len(problems))
        try:
            answers += _solved(engine, name, problem)
        except MissingExtraError:
            left_out.append(name)
    if progress is not None:
        progress(len(problems), len(problems))
    return Verification(
        answers=tuple(answers),
        left_out=tuple(left_out),
        versions=_versions(),
        platform=platform.platform(),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.perf_counter() - begin,
    )


#: Libraries that numbers hang on.
_LIBRARIES = ("numpy", "scipy", "numba", "nashpy", "SALib")


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "negotiation": __version__}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def _solved(engine: Engine, name: str, problem: Problem) -> Iterator[KnownAnswer]:
    """Yield the answers of one problem; what it raises is an answer too, and a wrong one."""
    try:
        for quantity, expected, found, allowed in problem():
            yield _compared(engine, name, quantity, expected, found, allowed)
    except MissingExtraError:
        raise
    except Exception as error:
        yield KnownAnswer(engine, name, "solved", 1.0, np.nan, 0.0, failure=told(error))


def _compared(
    engine: Engine, name: str, quantity: str, expected: ArrayLike, found: ArrayLike, allowed: float
) -> KnownAnswer:
    known, got = np.asarray(expected, dtype=float), np.asarray(found, dtype=float)
    if known.shape != got.shape:
        failure = f"{got.size} numbers where {known.size} are known"
        return KnownAnswer(
            engine, name, quantity, float(known.flat[0]), np.nan, allowed, known.size, failure
        )
    off = np.where(np.isnan(got), np.inf, np.abs(got - known))
    worst = int(off.argmax())
    return KnownAnswer(
        engine,
        name,
        quantity,
        float(known.flat[worst]),
        float(got.flat[worst]),
        allowed,
        known.size,
    )
