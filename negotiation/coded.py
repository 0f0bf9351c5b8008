"""Words of a cloud: of a million points a dozen words, and for each point which one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Coded:
    """An array of words as places in a short list of them; `numpy.asarray` makes the words.

    Attributes
    ----------
    codes : (...) array of unsigned integers
    words : tuple of str
        Not all of them need occur.
    """

    codes: NDArray[Any]
    words: tuple[str, ...]

    @classmethod
    def of(cls, values: ArrayLike | Coded) -> Coded:
        """Return an array of words with codes."""
        if isinstance(values, Coded):
            return values
        array = np.asarray(values, dtype=str)
        words, codes = np.unique(array, return_inverse=True)
        return cls(codes.reshape(array.shape), tuple(words.tolist()))

    @classmethod
    def first(
        cls, conditions: Sequence[Any], words: Sequence[str], default: str, shape: tuple[int, ...]
    ) -> Coded:
        """Return the word of the first condition (...) that holds at each place, else a default."""
        codes = np.full(shape, len(words), dtype=np.uint8)
        for k in reversed(range(len(words))):
            np.copyto(codes, k, where=np.asarray(conditions[k], dtype=bool))
        return cls(codes, (*map(str, words), str(default)))

    def __repr__(self) -> str:
        return f"Coded({len(self.words)} words, {self.shape})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return tuple(self.codes.shape)

    @cached_property
    def text(self) -> NDArray[np.str_]:
        """The words, (...)."""
        return np.asarray(np.array(self.words, dtype=str)[self.codes])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Make the words."""
        return np.array(self.text, dtype=dtype, copy=bool(copy) or None)

    def __getitem__(self, index: Any) -> Coded:
        return Coded(np.asarray(self.codes[index]), self.words)

    def reshape(self, shape: tuple[int, ...]) -> Coded:
        """Return the same words in another shape."""
        return Coded(self.codes.reshape(shape), self.words)

    def broadcast_to(self, shape: tuple[int, ...]) -> Coded:
        """Return the same words on more axes."""
        return Coded(np.broadcast_to(self.codes, shape), self.words)

    def among(self, *words: str) -> NDArray[np.bool_]:
        """(...) whether a word is one of these."""
        places = [k for k, word in enumerate(self.words) if word in words]
        if len(places) == len(self.words):
            return np.ones(self.shape, dtype=bool)
        found = np.zeros(self.shape, dtype=bool)
        for k in places:
            found |= self.codes == k
        return found

    def replaced(self, word: str, by: str, where: NDArray[np.bool_]) -> Coded:
        """Return another word in place of one, where a condition (...) holds."""
        words = self.words if by in self.words else (*self.words, str(by))
        codes = np.where(self.among(word) & where, words.index(by), self.codes)
        return Coded(codes.astype(self.codes.dtype), words)

    def differs(self, other: Coded) -> NDArray[np.bool_]:
        """(...) whether two words are not the same."""
        if self.words is other.words or self.words == other.words:
            return np.asarray(self.codes != other.codes)
        place = {word: k for k, word in enumerate(self.words)}
        theirs = np.array([place.get(word, -1) for word in other.words], dtype=np.int64)
        return np.asarray(self.codes != theirs[other.codes])

    def as_field(self) -> NDArray[np.str_]:
        """Return it as the value of a field that is `worded`, which is read as words."""
        return cast("NDArray[np.str_]", self)


class _Words:
    """A field that is given words or their codes, and is read as words."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return self
        kept = vars(instance)[self._name]
        return kept.text if isinstance(kept, Coded) else kept

    def __set__(self, instance: object, value: Any) -> None:
        vars(instance)[self._name] = value


def worded(*fields: str) -> Callable[[type[T]], type[T]]:
    """Let fields of the dataclass below be given with codes; words are made when they are read."""

    def watched(cls: type[T]) -> type[T]:
        for name in fields:
            setattr(cls, name, _Words(name))
        return cls

    return watched


def coded(holder: object, field: str) -> Coded:
    """Return a field of words with its codes."""
    return Coded.of(vars(holder)[field])
