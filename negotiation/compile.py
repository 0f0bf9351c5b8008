"""One source for kernels, run two ways: as it stands, or compiled by numba."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

_COMPILED = "_compiled"


def kernel_of(module: str, *, contract: bool = False) -> Callable[[F], F]:
    """Return the decorator for the kernels of a module: none, or numba's in its compiled twin.

    Parameters
    ----------
    contract : bool
        Whether a product and a sum may be rounded once, in one instruction: faster, and not the
        same to the last bit as the source run as it stands.
    """
    if not module.endswith(_COMPILED):
        return lambda function: function
    import numba

    njit: Any = numba.njit

    def decorate(function: F) -> F:
        options: dict[str, Any] = {"error_model": "numpy", "forceinline": True, "nogil": True}
        if contract:
            options["fastmath"] = {"contract"}
        if _counts_can_be_left_out():
            options["_nrt"] = False
        try:
            return cast(F, njit(cache=True, **options)(function))
        except RuntimeError:  # no place to keep a cache
            return cast(F, njit(**options)(function))

    return decorate


def _counts_can_be_left_out() -> bool:
    """Whether this numba can compile without counting references to arrays.

    Kernels allocate nothing, so nobody need count: they are 1.6 times as fast at 3 x 3 without. The
    option is not part of numba's promises.
    """
    from numba.core import options

    return hasattr(getattr(options, "DefaultOptions", None), "_nrt")


def index_of(module: str) -> Callable[[int], Any]:
    """Return what makes an index: `int`, or unsigned in a compiled twin.

    Indices that cannot be negative need no check for counting from the end, and loops over them
    become vector instructions.
    """
    return np.uint64 if module.endswith(_COMPILED) else int


@cache
def compiled(name: str) -> ModuleType:
    """Load a module of kernels a second time, to be compiled; cached on disk between processes.

    Raises
    ------
    ModuleNotFoundError
        If numba is not installed.
    """
    origin = sys.modules[name].__file__
    assert origin is not None
    twin = name + _COMPILED
    spec = importlib.util.spec_from_file_location(twin, origin)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[twin] = module
    spec.loader.exec_module(module)
    return module
