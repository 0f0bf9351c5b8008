"""Games, talks, sweeps and worlds used as they are not meant; every line must be found."""

from __future__ import annotations

import numpy as np

from negotiation import (
    AgreementSet,
    Axis,
    Case,
    Game,
    Grid,
    Talks,
    World,
    bargaining,
    games,
    study,
    trade,
)
from negotiation.games import files


def of_games(game: Game) -> None:
    Game(("a", "b"), np.zeros((2, 2, 2)))  # type: ignore[arg-type,call-arg]  # pyright: ignore[reportCallIssue]
    games.solve("chicken.nfg")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    games.solve(game, budget="long")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    games.select(game)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    games.solve(game).counts  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    files.read(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    files.write_nfg(game, name="chicken")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def talks(some: Talks) -> None:
    Talks(("a", "b"), (0, 0), "money")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AgreementSet.money()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    bargaining.bargain(some)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    bargaining.bargain(some, (0, 0), concept=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    bargaining.settle(some, (0, 0))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def sweeps() -> None:
    study.sweep("tariff_standoff")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    study.sweep("tariff_standoff", 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    study.sweep(Case("tariff_standoff", rule=3), {"tariff": [0, 1]})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Axis("tariff", 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Axis.parse(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Grid(["tariff=0:1:3"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def worlds(world: World) -> None:
    World.from_csv(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    trade.counterfactual("canada_us")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    trade.optimal_tariff(world)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    trade.optimal_tariff(world, "H", bounds=0.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    trade.nash_tariffs(world, "H", certified=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    world.flow  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
