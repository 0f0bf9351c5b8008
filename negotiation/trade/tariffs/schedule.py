"""Tariff schedules as choices: which rates a country sets, within which bounds, what it wants."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import ParameterError, nearest
from negotiation.trade.rates import limits
from negotiation.trade.world import Array, World

BY = ("uniform", "sector", "partner", "both")

#: What a country may tax: what it buys, what it sells.
KINDS = ("import", "export")

#: Bounds on tariffs, and on export taxes, which are no subsidies unless bounds say so.
BOUNDS, EXPORT_BOUNDS = (-0.5, 5.0), (0.0, 5.0)

#: A rate this close to a bound, in log points of 1 + rate, is said to be at it.
_TOUCH = 1e-9


@dataclasses.dataclass(frozen=True, eq=False)
class TariffSchedule:
    """The rates one country chose, of tariffs or of export taxes.

    Attributes
    ----------
    country : str
    by : str
        One rate ("uniform"), or one per "sector", per "partner", or per partner and sector
        ("both").
    partners, sectors : tuple of str
        Whose goods are taxed, or to whom goods are sold, and which goods.
    rates : array
        Ad valorem, fractions: shape () for "uniform", (sectors,), (partners,) or
        (partners, sectors). NaN where there is no trade to tax; the world's rate stays there.
    low, high : float
        The bounds on a rate.
    kind : {"import", "export"}
        Tariffs on what the country buys, or export taxes on what it sells.
    held : int, optional
        Place in the flattened rates of one that is not chosen, since only what the others are
        relative to it moves anything real; see `nash_tariffs`.
    """

    country: str
    by: str
    partners: tuple[str, ...]
    sectors: tuple[str, ...]
    rates: Array
    low: float
    high: float
    kind: str = "import"
    held: int | None = None

    @property
    def at_bound(self) -> NDArray[np.int64]:
        """-1 where a chosen rate is at its lower bound, 1 at its upper one, 0 between."""
        with np.errstate(invalid="ignore"):
            place = np.log1p(self.rates)
            low = place <= np.log1p(self.low) + _TOUCH
            high = place >= np.log1p(self.high) - _TOUCH
        touch = np.asarray(high.astype(np.int64) - low.astype(np.int64))
        if self.held is not None:
            touch.reshape(-1)[self.held] = 0
        return touch

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
class Held:
    """A rate that is not chosen, since only what others are relative to it moves anything real.

    Attributes
    ----------
    label : int
        Place in the flattened array of rates of a `TariffSchedule`.
    cells : (N, S) array of bool
        The flows that it taxes.
    rate : float
    """

    label: int
    cells: NDArray[np.bool_]
    rate: float


@dataclasses.dataclass(frozen=True, eq=False)
class Levy:
    """Variables of one kind of tax: log(1 + rate), one per group of flows.

    Attributes
    ----------
    kind, code, by : str
        What is taxed, by whom, and how rates are differentiated.
    partners, sectors : tuple of str
    group : (N, S) array of int
        Which variable taxes trade with that partner in that sector; -1 for none.
    label : (n,) array of int
        Place of each variable in the flattened array of rates of a `TariffSchedule`.
    low, high : float
        Bounds on a rate.
    scale : (n,) array
        sqrt(trade * theta / income): a second derivative of about one in scaled variables.
    start : (n,) array
        A reasonable first point.
    held : Held, optional
    """

    kind: str
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
    held: Held | None = None

    @property
    def count(self) -> int:
        """Number of variables."""
        return len(self.scale)

    def schedule(self, point: Array) -> TariffSchedule:
        """Name the rates at a point (n,)."""
        rates = np.full(_size(self.by, len(self.partners), len(self.sectors)), np.nan)
        rates.reshape(-1)[self.label] = np.clip(np.expm1(point), self.low, self.high)
        if self.held is not None:
            rates.reshape(-1)[self.held.label] = self.held.rate
        return TariffSchedule(
            self.code,
            self.by,
            self.partners,
            self.sectors,
            rates,
            self.low,
            self.high,
            self.kind,
            None if self.held is None else self.held.label,
        )

    def hold(self, given: Any) -> Levy:
        """Hold the rate on most trade at zero, or where it was given; see `instruments`."""
        most = int(self.scale.argmax())
        label = int(self.label[most])
        rate = 0.0 if given is None else float(np.expm1(self.start[most]))
        group = np.where(self.group > most, self.group - 1, self.group)
        group[self.group == most] = -1
        return dataclasses.replace(
            self,
            group=group,
            label=np.delete(self.label, most),
            scale=np.delete(self.scale, most),
            start=np.delete(self.start, most),
            held=Held(label, self.group == most, float(np.clip(rate, self.low, self.high))),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Instruments:
    """The variables of one country, those of its tariffs before those of its export taxes.

    Attributes
    ----------
    country : int
    code : str
    levies : tuple of Levy
    reward : (S,) array
        Political weight on a sector's real value added, as a share of the country's income.
    """

    country: int
    code: str
    levies: tuple[Levy, ...]
    reward: Array

    @property
    def count(self) -> int:
        """Number of variables."""
        return sum(each.count for each in self.levies)

    @cached_property
    def scale(self) -> Array:
        """(n,) scale of the variables."""
        return np.concatenate([each.scale for each in self.levies])

    @cached_property
    def start(self) -> Array:
        """(n,) a reasonable first point."""
        return np.concatenate([each.start for each in self.levies])

    @property
    def box(self) -> tuple[Array, Array]:
        """Bounds on the variables, twice (n,)."""
        low, high = (
            np.concatenate([np.full(each.count, np.log1p(getattr(each, end)))
                            for each in self.levies])
            for end in ("low", "high")
        )  # fmt: skip
        return low, high

    @cached_property
    def edges(self) -> list[int]:
        """Where the variables of each levy begin, and where the last end."""
        return [0, *accumulate(each.count for each in self.levies)]

    def of(self, kind: str) -> Levy | None:
        """Return its tariffs or its export taxes."""
        return next((each for each in self.levies if each.kind == kind), None)

    def schedules(self, point: Array) -> tuple[TariffSchedule, ...]:
        """Name the rates at a point (n,)."""
        return tuple(
            each.schedule(point[first:last])
            for each, first, last in zip(self.levies, self.edges, self.edges[1:], strict=False)
        )

    def point(self, schedules: Iterable[TariffSchedule]) -> Array:
        """(n,) the variables at schedules of this country."""
        own = {each.kind: each for each in schedules if each.country == self.code}
        rates = [own[each.kind].rates.reshape(-1)[each.label] for each in self.levies]
        return np.asarray(np.log1p(np.concatenate(rates)))


def instruments(
    world: World,
    country: str,
    *,
    by: str = "uniform",
    kinds: Sequence[str] = ("import",),
    on: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = BOUNDS,
    export_bounds: tuple[float, float] = EXPORT_BOUNDS,
    objective: Mapping[str, float] | None = None,
    start: Any = None,
) -> Instruments:
    """Read which rates a country sets.

    Where it taxes all that it buys and all that it sells, there is one variable too many (Lerner
    1936): all prices at home rise alike if every 1 + tariff is multiplied by a number and every
    1 + export tax is divided by it. The tariff on most trade is then held, at zero or at its start.

    Raises
    ------
    ParameterError
        An unknown way to differentiate rates or kind of tax, bounds that leave no room, a country
        that taxes itself, a start of the wrong shape, nothing to tax.
    DataError
        An unknown region or sector.
    """
    place = world.region(country)
    if by not in BY:
        raise ParameterError(f"by '{by}' is unknown; choose {', '.join(BY[:-1])} or {BY[-1]}")
    kinds = kinds_of(kinds)
    limit = {"import": limits(bounds), "export": limits(export_bounds)}
    partners = tuple(r for r in world.regions if r != country) if on is None else _codes("on", on)
    taxed = world.sectors if sectors is None else _codes("sectors", sectors)
    if country in partners:
        raise ParameterError(f"on has {country} itself, which does not tax its own goods; drop it")
    cells = np.ix_(
        np.array([world.region(code) for code in partners]),
        np.array([world.sector(code) for code in taxed]),
    )
    reward = np.zeros(len(world.sectors))
    for code, value in (objective or {}).items():
        s = world.sector(code)
        added = world.value_added_share[place, s] * world.output[place, s]
        reward[s] = float(value) * added / world.income[place]
    if not np.isfinite(reward).all():
        raise ParameterError(f"objective of {country} holds a weight that is not a number")

    trade = {
        "import": (world.flows * (1.0 + world.tariff))[:, place].sum(axis=-1),  # (N, S)
        "export": world.flows[place].sum(axis=-1),
    }
    levies = []
    for kind in kinds:
        weight, label, group = _groups(by, trade[kind], cells, world.trade_elasticity)
        if not len(label):
            verb, whom = ("buys", "on") if kind == "import" else ("sells", "to")
            raise ParameterError(
                f"{country} {verb} nothing that these rates would tax ({whom} "
                f"{', '.join(partners)}); give partners and sectors with trade"
            )
        low, high = limit[kind]
        given = _given(start, kind, kinds)
        if given is not None:
            size = _size(by, len(partners), len(taxed))
            first = _start(given, size, label, low, high)
        elif kind == "export":
            first = np.array([_formula(world, place, group == k) for k in range(len(label))])
        elif len(kinds) > 1:
            first = np.zeros(len(label))  # export taxes do what tariffs would
        else:
            origins = cells[0][:, 0]
            rate = formula_rate(
                world.flows[place][origins], world.share[place][origins], world.trade_elasticity
            )
            first = np.full(len(label), np.log1p(rate))
        levies.append(
            Levy(
                kind=kind,
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
            )
        )
    if len(levies) == len(KINDS) and all(_covers(each, trade[each.kind], place) for each in levies):
        levies[0] = levies[0].hold(_given(start, "import", kinds))
    return Instruments(country=place, code=country, levies=tuple(levies), reward=reward)


def kinds_of(given: Sequence[str]) -> tuple[str, ...]:
    """Read what is taxed, imports first.

    Raises
    ------
    ParameterError
    """
    asked = (given,) if isinstance(given, str) else tuple(given)
    for each in asked:
        if each not in KINDS:
            raise ParameterError(
                f"instrument '{each}' is unknown{nearest(str(each), KINDS)}; choose import "
                "(tariffs), export (export taxes), or both"
            )
    if not asked or len(set(asked)) < len(asked):
        raise ParameterError(
            f"instruments is ({', '.join(asked)}); expected import, export or both, each once"
        )
    return tuple(kind for kind in KINDS if kind in asked)


def _groups(
    by: str, trade: Array, cells: tuple[Any, ...], theta: Array
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """Trade * theta by place in the array of rates, places with trade, and `Levy.group`."""
    taken = trade[cells]
    partners, sectors = taken.shape
    cell = np.arange(partners * sectors).reshape(partners, sectors)
    full = {
        "uniform": np.zeros_like(cell),
        "sector": cell % sectors,
        "partner": cell // sectors,
        "both": cell,
    }[by]
    weights = (taken * theta[cells[1][0]]).ravel()
    weight = np.asarray(np.bincount(full.ravel(), weights), dtype=float)
    label = np.flatnonzero(weight > 0.0)
    number = np.full(len(weight), -1)
    number[label] = np.arange(len(label))
    group = np.full(trade.shape, -1)
    group[cells] = number[full]
    group[trade <= 0.0] = -1
    return weight, label, group


def _covers(levy: Levy, trade: Array, country: int) -> bool:
    """Whether a levy is on all that a country buys or sells abroad."""
    abroad = trade > 0.0
    abroad[country] = False
    return bool((levy.group[abroad] >= 0).all())


def _formula(world: World, country: int, sold: NDArray[np.bool_]) -> float:
    """Log of one plus the rate on some exports, (N, S), by the demand for them alone."""
    flows, share = (each[country] * sold[..., None] for each in (world.flows, world.share))
    return float(np.log1p(formula_rate(flows, share, world.trade_elasticity)))


def choosers(
    world: World,
    countries: Sequence[str],
    *,
    by: str,
    kinds: Sequence[str],
    on: str,
    sectors: Sequence[str] | None,
    bounds: tuple[float, float],
    export_bounds: tuple[float, float],
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
            kinds=kinds,
            on=[other for other in codes if other != code] if on == "players" else None,
            sectors=sectors,
            bounds=bounds,
            export_bounds=export_bounds,
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


def _given(start: Any, kind: str, kinds: tuple[str, ...]) -> Any:
    """Rates to begin with of one kind, of all that was given."""
    several = start if isinstance(start, list | tuple) else (start,)
    if isinstance(start, Mapping):
        for each in start:
            if each not in kinds:
                raise ParameterError(
                    f"start has rates for '{each}'; expected {' and '.join(kinds)}, as instruments "
                    "says"
                )
        return start.get(kind)
    if all(isinstance(each, TariffSchedule) for each in several):
        return next((each for each in several if each.kind == kind), None)
    if start is not None and len(kinds) > 1:
        raise ParameterError(
            "start is one set of rates, and two instruments are chosen; give {'import': rates, "
            "'export': rates}"
        )
    return start


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
