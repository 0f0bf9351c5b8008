"""Tariff schedules as choices: which rates a country sets, within which bounds, what it wants."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import ParameterError, nearest
from negotiation.trade.rates import limits
from negotiation.trade.world import Array, World

BY = ("uniform", "sector", "partner", "both")

#: A rate this close to a bound, in log points of 1 + rate, is said to be at it.
_TOUCH = 1e-9


@dataclasses.dataclass(frozen=True, eq=False)
class TariffSchedule:
    """The rates one country chose.

    Attributes
    ----------
    country : str
    by : str
        One rate ("uniform"), or one per "sector", per "partner", or per partner and sector
        ("both").
    partners, sectors : tuple of str
        Whose goods are taxed, and which.
    rates : array
        Ad valorem, fractions: shape () for "uniform", (sectors,), (partners,) or
        (partners, sectors). NaN where there is no trade to tax; the world's rate stays there.
    low, high : float
        The bounds on a rate.
    """

    country: str
    by: str
    partners: tuple[str, ...]
    sectors: tuple[str, ...]
    rates: Array
    low: float
    high: float

    @property
    def at_bound(self) -> NDArray[np.int64]:
        """-1 where a rate is at its lower bound, 1 at its upper one, 0 between."""
        with np.errstate(invalid="ignore"):
            place = np.log1p(self.rates)
            low = place <= np.log1p(self.low) + _TOUCH
            high = place >= np.log1p(self.high) - _TOUCH
        return np.asarray(high.astype(np.int64) - low.astype(np.int64))

    def as_dict(self) -> dict[str, float] | dict[str, dict[str, float]]:
        """Rates by sector or partner; {"all": rate} for a uniform one."""
        if self.by == "uniform":
            return {"all": float(self.rates)}
        if self.by == "both":
            return {
                partner: dict(zip(self.sectors, map(float, row), strict=True))
                for partner, row in zip(self.partners, self.rates, strict=True)
            }
        labels = self.sectors if self.by == "sector" else self.partners
        return dict(zip(labels, map(float, self.rates), strict=True))


@dataclasses.dataclass(frozen=True, eq=False)
class Instruments:
    """The variables of one country: log(1 + rate), one per group of flows.

    Attributes
    ----------
    country : int
    code, by : str
    partners, sectors : tuple of str
    group : (N, S) array of int
        Which variable taxes imports of that origin and sector; -1 for none.
    label : (n,) array of int
        Place of each variable in the flattened array of rates of a `TariffSchedule`.
    low, high : float
        Bounds on a rate.
    scale : (n,) array
        sqrt(trade * theta / income): a second derivative of about one in scaled variables.
    start : (n,) array
        A reasonable first point.
    reward : (S,) array
        Political weight on a sector's real value added, as a share of the country's income.
    """

    country: int
    code: str
    by: str
    partners: tuple[str, ...]
    sectors: tuple[str, ...]
    group: NDArray[np.int64]
    label: NDArray[np.int64]
    low: float
    high: float
    scale: Array
    start: Array
    reward: Array

    @property
    def count(self) -> int:
        """Number of variables."""
        return len(self.scale)

    @property
    def box(self) -> tuple[Array, Array]:
        """Bounds on the variables, twice (n,)."""
        one = np.ones(self.count)
        return float(np.log1p(self.low)) * one, float(np.log1p(self.high)) * one

    def schedule(self, point: Array) -> TariffSchedule:
        """Name the rates at a point (n,)."""
        rates = np.full(_size(self.by, len(self.partners), len(self.sectors)), np.nan)
        rates.reshape(-1)[self.label] = np.clip(np.expm1(point), self.low, self.high)
        return TariffSchedule(
            self.code, self.by, self.partners, self.sectors, rates, self.low, self.high
        )


def instruments(
    world: World,
    country: str,
    *,
    by: str = "uniform",
    on: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = (-0.5, 5.0),
    objective: Mapping[str, float] | None = None,
    start: Any = None,
) -> Instruments:
    """Read which rates a country sets.

    Raises
    ------
    ParameterError
        An unknown way to differentiate rates, bounds that leave no room, a country that taxes
        itself, a start of the wrong shape, nothing to tax.
    DataError
        An unknown region or sector.
    """
    place = world.region(country)
    if by not in BY:
        raise ParameterError(f"by '{by}' is unknown; choose {', '.join(BY[:-1])} or {BY[-1]}")
    low, high = limits(bounds)
    partners = tuple(r for r in world.regions if r != country) if on is None else _codes("on", on)
    taxed = world.sectors if sectors is None else _codes("sectors", sectors)
    if country in partners:
        raise ParameterError(f"on has {country} itself, which does not tax its own goods; drop it")
    origins = np.array([world.region(code) for code in partners])
    goods = np.array([world.sector(code) for code in taxed])

    cell = np.arange(len(partners) * len(taxed)).reshape(len(partners), len(taxed))
    full = {
        "uniform": np.zeros_like(cell),
        "sector": cell % len(taxed),
        "partner": cell // len(taxed),
        "both": cell,
    }[by]
    trade = (world.flows * (1.0 + world.tariff))[:, place].sum(axis=-1)  # (N, S)
    bought = trade[np.ix_(origins, goods)]
    weight = np.bincount(full.ravel(), (bought * world.trade_elasticity[goods]).ravel())
    label = np.flatnonzero(weight > 0.0)
    if not len(label):
        raise ParameterError(
            f"{country} buys nothing that these rates would tax (on {', '.join(partners)}); give "
            "partners and sectors with trade"
        )
    number = np.full(len(weight), -1)
    number[label] = np.arange(len(label))
    group = np.full(trade.shape, -1)
    group[np.ix_(origins, goods)] = number[full]
    group[trade <= 0.0] = -1

    reward = np.zeros(len(world.sectors))
    for code, value in (objective or {}).items():
        s = world.sector(code)
        added = world.value_added_share[place, s] * world.output[place, s]
        reward[s] = float(value) * added / world.income[place]
    if not np.isfinite(reward).all():
        raise ParameterError(f"objective of {country} holds a weight that is not a number")
    rate = formula_rate(
        world.flows[place][origins], world.share[place][origins], world.trade_elasticity
    )
    first = np.full(len(label), np.log1p(rate))
    if start is not None:
        first = _start(start, _size(by, len(partners), len(taxed)), label, low, high)
    return Instruments(
        country=place,
        code=country,
        by=by,
        partners=partners,
        sectors=taxed,
        group=group,
        label=label,
        low=low,
        high=high,
        scale=np.sqrt(weight[label] / world.income[place]),
        start=np.clip(first, np.log1p(low), np.log1p(high)),
        reward=reward,
    )


def choosers(
    world: World,
    countries: Sequence[str],
    *,
    by: str,
    on: str,
    sectors: Sequence[str] | None,
    bounds: tuple[float, float],
    objectives: Mapping[str, Mapping[str, float]] | None,
    start: Mapping[str, Any] | None,
) -> tuple[Instruments, ...]:
    """Read who chooses what.

    Raises
    ------
    ParameterError
    """
    codes = (countries,) if isinstance(countries, str) else tuple(countries)
    if not codes or len(set(codes)) < len(codes):
        raise ParameterError(
            f"countries is ({', '.join(codes)}); expected at least one, each of them once"
        )
    if on not in ("players", "all"):
        raise ParameterError(
            f"on '{on}' is unknown; choose players (they tax each other) or all (everything "
            "foreign)"
        )
    if on == "players" and len(codes) == 1:
        raise ParameterError(
            f"{codes[0]} is the only player, so that it has nobody to tax; give two countries, or "
            "on='all'"
        )
    for what, given in (("objectives", objectives), ("start", start)):
        for code in given or {}:
            if code not in codes:
                raise ParameterError(
                    f"{what} names {code}{nearest(code, codes)}, which is not among the players "
                    f"{', '.join(codes)}"
                )
    return tuple(
        instruments(
            world,
            code,
            by=by,
            on=[other for other in codes if other != code] if on == "players" else None,
            sectors=sectors,
            bounds=bounds,
            objective=(objectives or {}).get(code),
            start=(start or {}).get(code),
        )
        for code in codes
    )


def _size(by: str, partners: int, sectors: int) -> tuple[int, ...]:
    return {
        "uniform": (),
        "sector": (sectors,),
        "partner": (partners,),
        "both": (partners, sectors),
    }[by]


def _codes(what: str, given: Sequence[str]) -> tuple[str, ...]:
    codes = (given,) if isinstance(given, str) else tuple(given)
    if not codes:
        raise ParameterError(f"{what} is empty; give at least one code, or leave it out for all")
    if len(set(codes)) < len(codes):
        raise ParameterError(f"{what} names a code twice: {', '.join(codes)}; give each once")
    return codes


def _start(
    given: ArrayLike, shape: tuple[int, ...], label: NDArray[np.int64], low: float, high: float
) -> Array:
    rates = np.asarray(getattr(given, "rates", given), dtype=float)
    try:
        rates = np.broadcast_to(rates, shape).reshape(-1)[label]
    except ValueError:
        raise ParameterError(
            f"start has shape {rates.shape}; expected {shape}, or one rate for all"
        ) from None
    if not ((rates >= low - 1e-9) & (rates <= high + 1e-9)).all():
        raise ParameterError(
            f"start has rates from {rates.min():g} to {rates.max():g}; expected them within the "
            f"bounds {low:g} and {high:g}"
        )
    return np.asarray(np.log1p(rates))


def formula_rate(exports: Array, share: Array, trade_elasticity: Array) -> float:
    """Inverse elasticity of foreign demand for a country's exports (Lashkaripour 2021).

    Exact for a country too small to move foreign wages that taxes everything foreign at one rate.

    Parameters
    ----------
    exports, share : (P, S, 2) arrays
        Sales to the partners, net of tariffs, and the country's share in their purchases.
    trade_elasticity : (S,) array
    """
    total = exports.sum()
    if not total > 0.0:
        return 0.0
    slope = (exports * (1.0 - share) * trade_elasticity[:, None]).sum() / total
    return float(1.0 / max(slope, 1.0))
