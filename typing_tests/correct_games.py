"""Games: made, solved, read and written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

from negotiation import Equilibrium, EquilibriumSet, Game, equilibria, formats

Array = NDArray[np.float64]


def made() -> None:
    chicken = Game.from_profiles(
        ("row", "column"),
        [["dare", "yield"], ["dare", "yield"]],
        {
            ("dare", "dare"): (-9.0, -9.0),
            ("dare", "yield"): (2, 0),
            ("yield", "dare"): (0, 2),
            ("yield", "yield"): (1, 1),
        },
    )
    assert_type(chicken, Game)
    assert_type(chicken.players, tuple[str, ...])
    assert_type(chicken.payoffs, Array)
    assert_type(chicken.batch_shape, tuple[int, ...])
    Game(("a", "b"), (("x",), ("y",)), np.zeros((2, 1, 1)))


def solved(game: Game) -> None:
    found = equilibria.solve(game, exact=True, nashpy=False, budget=3.0)
    assert_type(found, EquilibriumSet)
    assert_type(found.count, NDArray[np.int64])
    assert_type(found.completeness, NDArray[np.str_])
    assert_type(equilibria.Completeness(str(found.completeness)), equilibria.Completeness)
    for each in found.at():
        assert_type(each, Equilibrium)
        assert_type(each.profile, str)
        assert_type(each.support, str)
        assert_type(each.payoffs, Array)
        assert_type(each.regret, float)
    chosen = equilibria.select(found, "welfare")
    assert_type(chosen, equilibria.Selection)
    assert_type(chosen.support, NDArray[np.str_])
    equilibria.find_rule("pareto", game.players)
    assert_type(equilibria.indices(game, "dare/yield"), list[list[int]])
    assert_type(equilibria.support_margin(game, [[0], [1]]), Array)


def subset(each: equilibria.NashSubset) -> None:
    assert_type(each.strategies, tuple[Array, Array])


def filed(game: Game, path: Path) -> None:
    assert_type(formats.read(path), formats.GameFile)
    file = formats.parse("NFG 1 R ...", name="text", kind="nfg")
    assert_type(file.players, tuple[str, ...])
    assert_type(file.tree, formats.Tree | None)
    assert_type(formats.read(path, formats.Deadline.after(3.0)), formats.GameFile)
    assert_type(formats.game_files([path, "games"]), list[Path])
    assert_type(formats.write_nfg(game, title="chicken"), str)
    assert_type(formats.write_csv(game), str)
    assert_type(formats.from_nashpy(formats.to_nashpy(game)), Game)
    suffixes: tuple[str, ...] = formats.SUFFIXES
    chance: int = formats.CHANCE
    print(suffixes, chance)


def grown(tree: formats.Tree) -> None:
    assert_type(formats.reduced_normal_form(tree, "entry"), Game)
    found = formats.backward_induction(tree, "entry")
    assert_type(found, formats.SubgamePerfectSet)
    for each in found.equilibria:
        assert_type(each, formats.SubgamePerfect)
        assert_type(each.payoffs, tuple[Fraction, ...])
    for place in tree.information_sets:
        assert_type(place, formats.InformationSet)
