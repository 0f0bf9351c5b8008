"""Every public name of release 0.1 still works, or says in one sentence what to use."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path

import pytest

from negotiation.moved import GONE, MODULES, NAMES

NAMES_OF_0_1 = (Path(__file__).parent.parent / "data" / "names_of_0_1.txt").read_text().split()


def test_every_name_of_0_1_works_or_is_said_to_be_gone() -> None:
    wrong = []
    for place in NAMES_OF_0_1:
        module, _, name = place.partition(":")
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                getattr(import_module(module), name)
            except ImportError as error:
                if "is gone: " not in str(error) or "docs/migration.md" not in str(error):
                    wrong.append(f"{place}: {error}")
            except AttributeError as error:
                wrong.append(f"{place}: {error}")
        texts = [str(each.message) for each in told]
        wrong.extend(f"{place}: {text}" for text in texts if "docs/migration.md" not in text)
    assert not wrong, "\n".join(wrong)


def test_an_old_import_names_the_new_one() -> None:
    with pytest.warns(DeprecationWarning, match=r"negotiation\.games\.solve: change the import"):
        solve = import_module("negotiation.equilibria").solve
    assert solve is import_module("negotiation.games").solve


def test_the_tables_name_places_that_are_there() -> None:
    for place in MODULES.values():
        import_module(f"negotiation.{place}")
    for place in NAMES.values():
        module, _, name = place.rpartition(".")
        getattr(import_module(f"negotiation.{module}"), name)
    for sentence in GONE.values():
        assert not sentence.endswith(".")
