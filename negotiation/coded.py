"""Words of a cloud: of a million points a dozen words, and for each point which one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray


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

    def differs(self, other: Coded) -> NDArray[np.bool_]:
        """(...) whether two words are not the same."""
        if self.words is other.words or self.words == other.words:
            return np.asarray(self.codes != other.codes)
        place = {word: k for k, word in enumerate(self.words)}
        theirs = np.array([place.get(word, -1) for word in other.words], dtype=np.int64)
        return np.asarray(self.codes != theirs[other.codes])


class Words:
    """A field of a dataclass that is given words or their codes, and is read as words."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> NDArray[np.str_]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> NDArray[np.str_]: ...

    def __get__(self, instance: object | None, owner: type) -> NDArray[np.str_]:
        if instance is None:
            raise AttributeError(self._name)  # so that dataclasses see no default
        kept = vars(instance)[self._name]
        return kept.text if isinstance(kept, Coded) else kept

    def __set__(self, instance: object, value: NDArray[np.str_] | Coded) -> None:
        vars(instance)[self._name] = value


def coded(holder: object, field: str) -> Coded:
    """Return a field of words with its codes."""
    return Coded.of(vars(holder)[field])
