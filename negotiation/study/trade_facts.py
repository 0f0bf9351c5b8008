"""What trade data and schedules of duties say of two players, beside any payoffs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.model import Model
from negotiation.tolerances import TARIFF_BAN
from negotiation.trade import Schedule, World
from negotiation.trade.schedules import goods

#: Upper ends of the bands of rates; below the first nothing is paid, above the last is the rest.
BANDS = (0.0, 0.10, 0.25, 0.50)

#: A sector with less of the trade that is shown is put together with others.
SMALL = 0.01


@dataclasses.dataclass(frozen=True)
class SectorTrade:
    """Trade of the first player with the second in a sector.

    Attributes
    ----------
    name : str
    sales : float
        What the first sells to the second, in the money of the world.
    of_exports : float
        Share of the first's exports of the sector.
    of_use : float
        Share of what the second uses of the sector, its own goods included.
    """

    name: str
    sales: float
    of_exports: float
    of_use: float


@dataclasses.dataclass(frozen=True)
class SectorDuties:
    """Duties on the trade of a sector.

    Attributes
    ----------
    name : str
    trade : float
    shares : tuple of float
        Shares of the trade that pay nothing, up to each of `BANDS`, more, and that are banned.
    mean : float
        Mean rate on what is not banned.
    """

    name: str
    trade: float
    shares: tuple[float, ...]
    mean: float


@dataclasses.dataclass(frozen=True, eq=False)
class PlayerDuties:
    """Duties of one player on the other's goods.

    Attributes
    ----------
    player : str
    kept : Schedule
        That of the model's present dispute.
    sectors : tuple of SectorDuties
        Of `kept`, the sector with most trade first.
    mean : float
        Of `kept`, over goods that are not banned.
    dated : tuple of (Schedule, float)
        Schedules with a day from which they hold or were to hold, in that order, with their means.
    """

    player: str
    kept: Schedule
    sectors: tuple[SectorDuties, ...]
    mean: float
    dated: tuple[tuple[Schedule, float], ...]


@dataclasses.dataclass(frozen=True, eq=False)
class TradeFacts:
    """What is known of the trade of two players, and of the duties on it.

    Attributes
    ----------
    sectors : tuple of SectorTrade
        The largest first.
    whole : SectorTrade
        All goods together.
    duties : mapping of player to PlayerDuties
    names : mapping of str to str
        Names of the sectors by code.
    """

    sectors: tuple[SectorTrade, ...]
    whole: SectorTrade
    duties: Mapping[str, PlayerDuties]
    names: Mapping[str, str]


def trade_facts(model: Model) -> TradeFacts | None:
    """Read the facts off a model's world and schedules; None where it has no world."""
    regions = type(model).regions_of_players
    if len(model.players) != 2 or any(player not in regions for player in model.players):
        return None
    world = model.ask("trade_world")
    if world is None:
        return None
    first, second = (regions[player] for player in model.players)
    sold = world.flows[world.region(first), world.region(second)].sum(axis=-1)
    flows = world.flows.sum(axis=-1)  # (N, N, S)
    home, away = world.region(first), world.region(second)
    abroad = np.delete(flows[home], home, axis=0).sum(axis=0)
    used = flows[:, away].sum(axis=0)
    chosen = [world.sector(code) for code in goods(world)]

    def fact(name: str, at: Sequence[int]) -> SectorTrade:
        sales = float(sold[at].sum())
        return SectorTrade(name, sales, _ratio(sales, abroad[at]), _ratio(sales, used[at]))

    names = world.sector_names or world.sectors
    found = [fact(names[s], [s]) for s in chosen]
    total = float(sold[chosen].sum())
    rows = sorted((each for each in found if each.sales >= SMALL * total), key=lambda e: -e.sales)
    duties = {}
    pairs = {model.players[0]: (second, first), model.players[1]: (first, second)}
    for player, schedules in model.ask("known_duties").items():
        if schedules:
            duties[player] = _duties(player, list(schedules), world, pairs[player])
    named = dict(zip(world.sectors, names, strict=True))
    return TradeFacts(tuple(rows), fact("", chosen), duties, named)


def _ratio(part: float, whole: NDArray[np.float64]) -> float:
    total = float(whole.sum())
    return part / total if total > 0.0 else float("nan")


def _duties(
    player: str, schedules: list[Schedule], world: World, pair: tuple[str, str]
) -> PlayerDuties:
    """Pair: origin and destination of the trade that is taxed."""
    kept = schedules[0]
    names = world.sector_names or world.sectors
    parts = kept.arrays(world.sectors)
    trade = world.flows[world.region(pair[0]), world.region(pair[1])]  # (S, 2)
    weight = parts.share * trade  # (K, S, 2)
    rows = []
    for code in goods(world):
        s = world.sector(code)
        own, rate = weight[:, s], parts.rate[:, s]
        total = float(own.sum())
        if not total > 0.0:
            continue
        banned = rate >= TARIFF_BAN
        ends = (*BANDS, TARIFF_BAN)
        shares = [
            float(own[(rate <= high + 1e-12) & (rate > low + 1e-12) & ~banned].sum()) / total
            for low, high in zip((-np.inf, *ends), ends, strict=False)
        ]
        shares.append(float(own[banned].sum()) / total)
        free = float(own[~banned].sum())
        mean = float((own * rate)[~banned].sum()) / free if free > 0.0 else float("nan")
        rows.append(SectorDuties(names[s], total, tuple(shares), mean))
    total = sum(each.trade for each in rows)
    rows = sorted((each for each in rows if each.trade >= SMALL * total), key=lambda e: -e.trade)
    dated = sorted(
        (each for each in {one.name: one for one in schedules}.values() if each.date),
        key=lambda each: each.date,
    )
    return PlayerDuties(
        player,
        kept,
        tuple(rows),
        kept.mean(world),
        tuple((each, each.mean(world)) for each in dated),
    )


__all__ = ["BANDS", "PlayerDuties", "SectorDuties", "SectorTrade", "TradeFacts", "trade_facts"]
