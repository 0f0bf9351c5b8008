"""Find, load, describe and check model files: being in a folder is the registration."""

from __future__ import annotations

import copyreg
import dataclasses
import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from negotiation import interrupts
from negotiation.errors import (
    CatalogueError,
    ModelError,
    NegotiationError,
    nearest,
    place_in,
    told,
)
from negotiation.model import Model, Parameter
from negotiation.model.values import same
from negotiation.model.written import ModelType
from negotiation.registry import extensions

#: What every study takes as its model: a name or a path for the catalogue, a class, or an instance.
ModelSource = str | os.PathLike[str] | type[Model] | Model

_PACKAGE = Path(__file__).resolve().parent
#: Where shipped models are: inside the wheel, or beside the package in a checkout.
_SHIPPED = (_PACKAGE / "shipped_models", _PACKAGE.parent / "models")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A model file the catalogue knows.

    Attributes
    ----------
    name : str
    path : Path
        The Python file.
    """

    name: str
    path: Path

    @property
    def about(self) -> str:
        """First line of the file's docstring, read without running it."""
        import ast

        try:
            text = ast.get_docstring(ast.parse(self.path.read_text(encoding="utf-8")))
        except (OSError, SyntaxError, ValueError):
            return "(cannot be read)"
        return (text or "").strip().split("\n")[0]

    @property
    def files(self) -> Iterator[Path]:
        """The file, and the data beside it where the model is a folder."""
        if self.path.name != "model.py":
            yield self.path
            return
        data = self.path.parent / "data"
        for folder in (self.path.parent, data, *sorted(data.glob("*"))):
            if folder.is_dir():
                for path in sorted(folder.iterdir()):
                    if path.is_file() and path.suffix in (".py", ".csv"):
                        yield path

    @property
    def digest(self) -> str:
        """Hash of code and data, the first 16 hexadecimal digits of a SHA-256."""
        total = hashlib.sha256()
        for path in self.files:
            total.update(path.name.encode())
            total.update(path.read_bytes())
        return total.hexdigest()[:16]


def shipped() -> dict[str, Entry]:
    """Models that come with the package, by name."""
    for folder in _SHIPPED:
        if folder.is_dir():
            return {entry.name: entry for entry in _in_folder(folder)}
    return {}


def _in_folder(folder: Path) -> Iterator[Entry]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("_", ".")):
            continue
        if (path / "model.py").is_file():
            yield Entry(path.name, path / "model.py")
        elif path.suffix == ".py":
            yield Entry(path.stem, path)


def find(name: str | os.PathLike[str]) -> Entry:
    """Find a model by name or by path to a file or folder.

    Raises
    ------
    CatalogueError
        Suggesting the nearest name, or saying what is wrong with the path.
    """
    if not isinstance(name, str | os.PathLike):
        raise CatalogueError(
            f"{name!r:.60} is not a model; expected the name of a shipped model or the path "
            "of a file"
        )
    name = os.fspath(name)
    known = shipped()
    if name in known:
        return known[name]
    if not _is_path(name):
        raise CatalogueError(
            f"no model is called '{name}'{nearest(name, known)}; shipped models are "
            f"{', '.join(known)}, {_as_path(name)}"
        )
    path = Path(os.path.expanduser(name))
    if (path / "model.py").is_file():
        return Entry(path.resolve().name, (path / "model.py").resolve())
    if path.is_file() and path.suffix == ".py":
        return Entry(path.stem, path.resolve())
    expected = "a folder with a model.py" if path.is_dir() else "a Python file with one Model"
    raise CatalogueError(f"{name} is not a model: expected {expected} there")


def _is_path(name: str) -> bool:
    """Whether a model is named by its place: a word alone runs no code of the folder one is in."""
    separators = [each for each in (os.sep, os.altsep) if each]
    return (
        name.endswith(".py")
        or name in (os.curdir, os.pardir)
        or any(each in name for each in separators)
        or bool(os.path.splitdrive(name)[0])
    )


def _as_path(name: str) -> str:
    """Say how a file is named, and one that lies here under that very word."""
    here = os.path.join(os.curdir, name)
    if name.strip() and os.path.isfile(os.path.join(here, "model.py")):
        return f"and the model in the folder of that name here is written {here}"
    if name.strip() and os.path.isfile(f"{here}.py"):
        return f"and the model in the file here is written {name}.py"
    return "or give the path of a Python file"


def point(model: ModelSource, settings: Mapping[str, Any] | None = None) -> Model:
    """Return the model a study is about: the one function by which every study reads its model.

    Parameters
    ----------
    model : str, path, Model subclass or Model
        A name or a path for the catalogue, a class, or an instance, whose own values count.
    settings : mapping, optional
        Values by parameter name; they go before those of an instance.

    Raises
    ------
    CatalogueError
        If it is none of these, or there is no such model.
    ParameterError
        For a setting that the model does not have, or a value outside its range.
    """
    if isinstance(model, Model):
        return model.replace(settings) if settings else model
    if isinstance(model, type) and issubclass(model, Model):
        return model.build(settings)
    if isinstance(model, (str, os.PathLike)):
        return load_model(model).build(settings)
    raise CatalogueError(
        f"{model!r:.60} is not a model; give a name such as 'canada_us', the path of a file, a "
        "Model class or an instance of one"
    )


def settings_of(
    model: Model, given: Mapping[str, Any] | None = None, without: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the parameters of a point that differ from their defaults, by name.

    Parameters
    ----------
    given : mapping, optional
        What a user set, as it was written; kept even where it is the default.
    without : iterable of str
        Parameters that a study varies, so that their values in the point say nothing.
    """
    chosen = {model.find_parameter(name).name: value for name, value in (given or {}).items()}
    left_out = {*without, *chosen}
    found = {
        spec.name: _written(spec, getattr(model, spec.field))
        for spec in model.parameters().values()
        if spec.name not in left_out
        and not same(getattr(model, spec.field), spec.check(spec.default, model.name(), ask=False))
    }
    return found | chosen


def _written(spec: Parameter, value: Any) -> Any:
    """Return a value as a user would write it: 500, not 500.0; a cloud by how many it has."""
    if np.ndim(value):
        return f"({np.size(value)} values)"
    if type(value) is float:
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return value if isinstance(value, str) else spec.written(value)


def load_model(name: str | os.PathLike[str]) -> type[Model]:
    """Load the model class of a shipped model or of a file anywhere on disk.

    Parameters
    ----------
    name : str or path
        A shipped model's name, or the path of a file or folder.

    Raises
    ------
    CatalogueError
        If there is no such model.
    ModelError
        If the file does not load or does not define exactly one model.
    """
    entry = find(name)
    model = _load(entry, tuple(path.stat().st_mtime_ns for path in entry.files))
    model.catalogue_address = os.fspath(name)
    return model


@lru_cache(maxsize=32)
def _load(entry: Entry, stamps: tuple[int, ...]) -> type[Model]:
    """Load a model's class; again if one of its files was written to since."""
    del stamps
    module = _import(entry)
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Model)
        and value is not Model
        and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        told = ", ".join(each.__name__ for each in classes) or "none"
        raise ModelError(
            f"{entry.path} defines {len(classes)} models ({told}); expected exactly one subclass "
            "of negotiation.Model"
        )
    model = classes[0]
    if not dataclasses.is_dataclass(model) or "__dataclass_fields__" not in vars(model):
        raise ModelError(
            f"{entry.path}: class {model.__name__} is not a dataclass; put @dataclass(frozen=True) "
            "above it"
        )
    for label in _labels(model):
        if len(label.splitlines()) > 1:
            raise ModelError(
                f"{entry.path}: the name {label!r} of a player or an action runs over several "
                "lines; expected one line"
            )
    model.catalogue_name = entry.name
    model.catalogue_path = str(entry.path.parent if entry.path.name == "model.py" else entry.path)
    model.catalogue_digest = entry.digest
    return model


def _pickled(model: ModelType) -> str | tuple[object, tuple[str, str, str]]:
    """Pickle a class that came from a file by where it is found; another as Python does."""
    name, path, digest = (
        str(vars(model).get(f"catalogue_{what}", "")) for what in ("name", "path", "digest")
    )
    if not path:
        return model.__qualname__
    entry = shipped().get(name)
    is_shipped = entry is not None and Path(path) in (entry.path, entry.path.parent)
    return unpickled, (name, "" if is_shipped else path, digest)


# The stubs know no metaclass whose instances, classes, are pickled by a function of their own.
copyreg.pickle(ModelType, _pickled)  # type: ignore[arg-type] # a type is no instance to typeshed


def unpickled(name: str, path: str, digest: str) -> type[Model]:
    """Find the class of a pickled model again: by name where it is shipped, else by its file.

    Raises
    ------
    CatalogueError
        If the file is gone.
    ModelError
        If it has changed, so that what was pickled is no longer what it says.
    """
    where = path or name
    try:
        model = load_model(where)
    except CatalogueError:
        raise CatalogueError(
            f"what was pickled is of the model {where}, which is no longer there; put the file "
            "back where it was, or solve again"
        ) from None
    if model.catalogue_digest != digest:
        raise ModelError(
            f"what was pickled is of the model {where} with the digest {digest}, but that file or "
            f"its data have changed since (now {model.catalogue_digest}); restore them, or solve "
            "again"
        )
    return model


def _labels(model: type[Model]) -> Iterator[str]:
    """Names of players and actions, as far as they are what they should be."""
    lists = (model.players, *(model.actions if isinstance(model.actions, tuple | list) else ()))
    for labels in lists:
        if isinstance(labels, tuple | list):
            yield from (each for each in labels if isinstance(each, str))


def load_extension(name: str | os.PathLike[str]) -> None:
    """Run a Python file, or import a module by its name, for what it registers.

    Raises
    ------
    CatalogueError
        If there is no such file or module.
    ModelError
        If it does not load.
    """
    path = Path(os.path.expanduser(name))
    if path.suffix == ".py" and path.is_file():
        _import(Entry(path.stem, path.resolve()))
        extensions[str(path.resolve())] = None
        return
    module = os.fspath(name)
    try:
        found = all(map(str.isidentifier, module.split("."))) and importlib.util.find_spec(module)
    except ImportError:
        found = None
    if not found:
        raise CatalogueError(
            f"there is no extension {module}; expected the path of a Python file, or the name of "
            "a module that is installed"
        )
    try:
        importlib.import_module(module)
    except BaseException as error:
        if interrupts.wanted(error):
            raise
        raise ModelError(f"extension {module} does not load: {told(error)}") from error
    extensions[module] = None


def _import(entry: Entry) -> ModuleType:
    unique = hashlib.sha256(str(entry.path).encode()).hexdigest()[:12]
    name = f"negotiation_model_{entry.name}_{unique}"
    for stale in [each for each in sys.modules if each.startswith(f"{name}.")]:
        del sys.modules[stale]
    # A model that is a folder may be several files: `from .calibration import world`.
    folder = [str(entry.path.parent)] if entry.path.name == "model.py" else None
    spec = importlib.util.spec_from_file_location(
        name, entry.path, submodule_search_locations=folder
    )
    if spec is None or spec.loader is None:
        raise ModelError(f"{entry.path} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except NegotiationError as error:
        raise ModelError(f"{entry.path} does not load: {error}") from error
    except SyntaxError as error:
        raise ModelError(
            f"{entry.path}, line {error.lineno}, column {error.offset}: {error.msg}"
        ) from None
    except BaseException as error:
        if interrupts.wanted(error):
            raise
        raise ModelError(f"{place_in(entry.path, error)}: {told(error)}") from error
    return module
