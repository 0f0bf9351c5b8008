"""What may be added from outside by name: rules, concepts, threat points, scores and the like.

Each kind has one `Registry`, a mapping of names to functions. What the package brings is registered
in the same way as what an author adds; docs/extending.md has an example of each.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from negotiation import interrupts
from negotiation.errors import ModelError, NegotiationError, place_in, told
from negotiation.words import brief

F = TypeVar("F", bound=Callable[..., Any])

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclasses.dataclass(frozen=True, eq=False)
class Registered(Generic[F]):
    """A registered function with what is said of it.

    Attributes
    ----------
    kind, name : str
    function : callable
    about : str
        A phrase, for tables and the glossary.
    unit : str
    check : callable or None
        Returns what the function gave if it is what is expected, and refuses it otherwise.
    author : callable, optional
        What an author wrote, where `function` is made from it.
    arguments : tuple of str
        What the function is called with; empty for what its registry says.
    """

    kind: str
    name: str
    function: F
    about: str
    unit: str = ""
    check: Callable[[Registered[F], Any, tuple[Any, ...]], Any] | None = None
    author: Callable[..., Any] | None = None
    arguments: tuple[str, ...] = ()

    @property
    def written(self) -> Callable[..., Any]:
        """What an author wrote."""
        return self.author or self.function

    @property
    def file(self) -> str:
        """Path of the file it is written in; empty where that is not known."""
        code = getattr(self.written, "__code__", None)
        return code.co_filename if code else ""

    @property
    def title(self) -> str:
        """As it begins a complaint: file, line, kind and name."""
        code = getattr(self.written, "__code__", None)
        place = f"{code.co_filename}, line {code.co_firstlineno}: " if code else ""
        return f"{place}{self.kind} '{self.name}'"

    @property
    def outside(self) -> bool:
        """Whether it is an author's, not the package's own."""
        home = str(getattr(self.written, "__module__", ""))
        return home.partition(".")[0] != "negotiation"

    def __call__(self, *arguments: Any) -> Any:
        """Call the function; the failure of an author's is told in one sentence.

        Raises
        ------
        ModelError
        """
        if not self.outside:
            return self.function(*arguments)
        try:
            value = self.function(*arguments)
        except NegotiationError:
            raise
        except BaseException as error:
            if interrupts.wanted(error):
                raise
            place = f"{place_in(Path(self.file), error)}: " if self.file else ""
            raise ModelError(
                f"{place}{self.kind} '{self.name}' failed with {told(error)}"
            ) from error
        return value if self.check is None else self.check(self, value, arguments)


class Registry(Mapping[str, Registered[F]]):
    """Functions of one kind by name.

    Parameters
    ----------
    kind : str
        In the singular: "selection rule".
    arguments : sequence of str
        What a function is called with, in this order.
    check : callable, optional
        See `Registered`.
    reserved : str
        A regular expression of names that mean something else already.
    unit : bool
        Whether an entry has a unit, which then must be given.
    """

    def __init__(
        self,
        kind: str,
        arguments: Sequence[str],
        check: Callable[[Registered[F], Any, tuple[Any, ...]], Any] | None = None,
        *,
        reserved: str = "",
        unit: bool = False,
    ) -> None:
        self.kind = kind
        self._arguments, self._check, self._reserved = tuple(arguments), check, reserved
        self._unit = unit
        self._entries: dict[str, Registered[F]] = {}
        _EVERY.append(self)

    def __getitem__(self, name: str) -> Registered[F]:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def register(self, name: str, *, about: str = "", unit: str = "") -> Callable[[F], F]:
        """Register the function below under a name.

        Parameters
        ----------
        name : str
            A word of small letters, digits and underscores.
        about : str, optional
            A phrase; the first line of the function's docstring where it is not given.
        unit : str, optional

        Raises
        ------
        ModelError
            For a name that is none or is taken, and a function that cannot be called as it will
            be. The same function of the same module replaces itself, so that a file may be read
            again.
        """
        self._check_name(name)
        if self._unit and not unit:
            raise ModelError(f"{self.kind} '{name}' has no unit; add unit='US$ billion a year'")

        def keep(function: F) -> F:
            words = about or (getattr(function, "__doc__", None) or "").strip().split("\n")[0]
            self.enter(Registered(self.kind, name, function, words.rstrip("."), unit, self._check))
            return function

        return keep

    def enter(self, entry: Registered[F]) -> None:
        """Register an entry; see `register`, which makes one."""
        if entry.outside:
            self._check_name(entry.name)
        self._check_call(entry)
        old = self._entries.get(entry.name)
        if old is not None and _home(old.written) != _home(entry.written):
            whose = old.title if old.outside else f"the {self.kind} of the package, '{entry.name}',"
            raise ModelError(f"{whose} has this name already; choose another")
        if not entry.about:
            raise ModelError(
                f"{entry.title} does not say what it is; add about='...' or a docstring"
            )
        self._entries[entry.name] = entry

    def unregister(self, name: str) -> None:
        """Forget a name; one that is not there is no error."""
        self._entries.pop(name, None)

    def _check_name(self, name: Any) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ModelError(
                f"{brief(name)} is no name for a {self.kind}; expected a word of small letters, "
                "digits and underscores in quotation marks"
            )
        if self._reserved and re.fullmatch(self._reserved, name):
            raise ModelError(
                f"the name '{name}' has a meaning of its own and cannot be a {self.kind}; choose "
                "another"
            )

    def _check_call(self, entry: Registered[F]) -> None:
        """Refuse a function that does not take what it will be called with."""
        if not callable(entry.function):
            raise ModelError(
                f"{self.kind} '{entry.name}' is {brief(entry.function)}; expected a function"
            )
        arguments = entry.arguments or self._arguments
        try:
            takes = inspect.signature(entry.function)
        except ValueError:
            return  # a function written in C does not always say
        try:
            takes.bind(*arguments)
        except TypeError:
            raise ModelError(
                f"{entry.title} takes {takes}; expected ({', '.join(arguments)})"
            ) from None


def numbers(found: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return what an author's function gave as real numbers of a shape.

    Raises
    ------
    TypeError, ValueError
        If it is none: None, a text or a complex number, of which numpy makes something, included.
    """
    if found is None or np.asarray(found).dtype.kind in "cSU":
        raise TypeError
    return np.broadcast_to(np.asarray(found, dtype=float), shape)


def _home(function: Any) -> tuple[Any, Any]:
    return getattr(function, "__module__", None), getattr(function, "__qualname__", None)


_EVERY: list[Registry[Any]] = []


def outsiders() -> list[Registered[Any]]:
    """Return what authors have registered, of every kind."""
    return [each for registry in _EVERY for each in registry.values() if each.outside]


#: Files and modules that were loaded in this process for what they register, as they were named; a
#: fresh process needs them as well.
extensions: dict[str, None] = {}


@contextmanager
def restored() -> Iterator[None]:
    """Forget at the end what was registered and loaded within; for tests."""
    before = [dict(registry._entries) for registry in _EVERY]
    loaded = dict(extensions)
    try:
        yield
    finally:
        extensions.clear()
        extensions.update(loaded)
        for registry, entries in zip(_EVERY, before, strict=False):
            registry._entries = entries
        for registry in _EVERY[len(before) :]:  # its module was first loaded within
            own = {name: each for name, each in registry.items() if not each.outside}
            registry._entries = own
