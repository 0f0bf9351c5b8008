"""Games: made, solved, read and written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

from negotiation import Equilibrium, EquilibriumSet, Game, games
from negotiation.games import files

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
    found = games.solve(game, exact=True, nashpy=False, budget=3.0)
    assert_type(found, EquilibriumSet)
    assert_type(found.count, NDArray[np.int64])
    assert_type(found.completeness, NDArray[np.str_])
    assert_type(games.Completeness(str(found.completeness)), games.Completeness)
    for each in found.at():
        assert_type(each, Equilibrium)
        assert_type(each.profile, str)
        assert_type(each.support, str)
        assert_type(each.payoffs, Array)
        assert_type(each.regret, float)
    chosen = games.select(found, "welfare")
    assert_type(chosen, games.Selection)
    assert_type(chosen.support, NDArray[np.str_])
    games.find_rule("pareto", game.players)
    assert_type(games.indices(game, "dare/yield"), list[list[int]])
    assert_type(games.support_margin(game, [[0], [1]]), Array)


def subset(each: games.NashSubset) -> None:
    assert_type(each.strategies, tuple[Array, Array])


def filed(game: Game, path: Path) -> None:
    assert_type(files.read(path), files.GameFile)
    file = files.parse("NFG 1 R ...", name="text", kind="nfg")
    assert_type(file.players, tuple[str, ...])
    assert_type(file.tree, files.Tree | None)
    assert_type(files.read(path, files.Deadline.after(3.0)), files.GameFile)
    assert_type(files.game_files([path, "games"]), list[Path])
    assert_type(files.write_nfg(game, title="chicken"), str)
    assert_type(files.write_csv(game), str)
    assert_type(files.from_nashpy(files.to_nashpy(game)), Game)
    suffixes: tuple[str, ...] = files.SUFFIXES
    chance: int = files.CHANCE
    print(suffixes, chance)


def grown(tree: files.Tree) -> None:
    assert_type(files.reduced_normal_form(tree, "entry"), Game)
    found = files.backward_induction(tree, "entry")
    assert_type(found, files.SubgamePerfectSet)
    for each in found.equilibria:
        assert_type(each, files.SubgamePerfect)
        assert_type(each.payoffs, tuple[Fraction, ...])
    for place in tree.information_sets:
        assert_type(place, files.InformationSet)
