"""What is reported of every profile beside the payoffs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation import Quantity, trade
from negotiation.trade import levers, outcomes

from .calibration import AUTOS, CANADA, US
from .facts import exchange_rate, jobs

if TYPE_CHECKING:
    from .model import CanadaUS

Array = NDArray[np.float64]

_SIDES = (("canada", CANADA), ("us", US))
_MONEY = "US$ million a year"


def quantities(model: "CanadaUS") -> dict[str, Quantity]:
    """Results of every profile, (..., C, A), once talks have failed and outlets are in use."""
    return _results(
        model, model.profiles, lambda name: model.quiet(name, 2), lambda values: _wide(values, 2)
    )


def quantities_now(model: "CanadaUS") -> dict[str, Quantity]:
    """Results (...) in the dispute as it is, with outlets as far as they are in use."""
    return _results(model, model.dispute, lambda name: model.settled(name, 0), np.asarray)


def quantities_at(model: "CanadaUS", strategies: Sequence[Array]) -> dict[str, Quantity] | None:
    """Results (...) of mixtures, worked out at the profiles that are played alone.

    None where trade does not have a scenario for every point of the cloud.
    """
    ours, theirs = strategies
    often = ours[..., :, None] * theirs[..., None, :]
    if often.shape != model.profiles.residual.shape:
        return None
    with np.errstate(invalid="ignore"):
        where = np.nonzero(often > 0.0)
    batch = often.shape[:-2]
    count = int(np.prod(batch, dtype=int))
    place = np.ravel_multi_index(where[:-2], batch) if batch else np.zeros_like(where[0])

    def lift(values: Array) -> Array:
        return np.broadcast_to(values, batch).reshape(-1)[place]

    def before(name: str) -> Array:
        values = model.quiet(name, 0)
        return values.reshape(count, *values.shape[len(batch) :])[place]

    found = _results(model, model.profiles.take(where), before, lift)
    known = np.bincount(place, minlength=count) > 0

    def expected(values: Array) -> Array:
        total = np.bincount(place, often[where] * values, count)
        return np.where(known, total, np.nan).reshape(batch)

    return {name: replace(each, values=expected(each.values)) for name, each in found.items()}


def _spread(values: Array, shape: tuple[int, ...]) -> Array:
    """Values on all scenarios; on more where they differ in what moves no trade."""
    return np.broadcast_to(values, np.broadcast_shapes(values.shape, shape))


def _wide(values: Array, axes: int) -> Array:
    """Values with axes of length one behind those of the cloud."""
    return np.asarray(values)[(Ellipsis, *[None] * axes)]


def _results(
    model: "CanadaUS",
    at: trade.TradeEquilibrium,
    before: Callable[[str], Array],
    lift: Callable[[Array], Array],
) -> dict[str, Quantity]:
    """Changes against the status quo of the same world, and against today.

    Parameters
    ----------
    before : function
        A result of that status quo by its name, lined up with `at`.
    lift : function
        Lines a number for every point of the cloud up with `at`.
    """
    w = model.world
    canada = w.region(CANADA)
    ev = (at.welfare - before("welfare")) * w.income
    found: dict[str, Quantity] = {}
    for n, code in enumerate(w.regions):
        found[f"welfare_pct.{code}"] = Quantity(
            100 * ev[..., n] / w.income[n],
            "%",
            f"real income of {w.region_names[n]}",
        )
        found[f"ev_usd_m.{code}"] = Quantity(
            ev[..., n], _MONEY, f"equivalent variation, {w.region_names[n]}"
        )
    rate = exchange_rate()
    found["ev_cad_m.canada"] = Quantity(
        ev[..., canada] / rate.usd_per_cad,
        "C$ million a year",
        f"equivalent variation at US$ {rate.usd_per_cad} for C$ 1 ({rate.date}; {rate.source})",
    )
    found["us_share_of_goods_exports"] = Quantity(
        outcomes.export_share(at, CANADA, US, model.goods),
        "share",
        "US share of Canadian goods exports",
    )
    here, today = _autos(at), _autos(model.today)
    pulled, resting = _autos(model.pulled), _autos(model.unpulled)
    peace = {name: before(name) for name in _AUTOS}
    own: dict[str, Quantity] = {}
    shape = at.residual.shape
    for words, code in _SIDES:
        n = w.region(code)
        for name, (unit, about) in _AUTOS.items():
            values = here[name][..., n]
            found[f"{name}_pct.{words}"] = Quantity(
                100 * (values / peace[name][..., n] - 1.0),
                unit,
                f"{about}, against the same world at peace",
            )
            found[f"{name}_today_pct.{words}"] = Quantity(
                100 * (values / lift(today[name][..., n]) - 1.0),
                unit,
                f"{about}, against today: duties in force, no lever pulled",
            )
            by_levers = np.asarray(100 * (pulled[name][..., n] / resting[name][..., n] - 1.0))
            own[f"{name}_lever_pct.{words}"] = Quantity(
                _spread(lift(by_levers), shape),
                unit,
                f"{about}: what the levers do by themselves, under today's duties at stake",
            )
        known = jobs(code, AUTOS)
        if known is not None:
            found[f"auto_jobs.{words}"] = Quantity(
                known.jobs
                * (here["auto_employment"][..., n] / peace["auto_employment"][..., n] - 1.0),
                "jobs",
                f"jobs in motor vehicles, of {known.jobs:,} in {known.year} ({known.covers})",
            )
    collected = at.tariff_revenue - before("tariff_revenue")
    taxed = at.export_tax_revenue - before("export_tax_revenue")
    for words, code in _SIDES:
        n = w.region(code)
        other = US if code == CANADA else CANADA
        pair = f"tariff_revenue_on.{other}.{code}"
        partner = outcomes.tariff_revenue_on(at, other, code) - before(pair)
        found[f"tariff_revenue_change_usd_m.{words}"] = Quantity(
            collected[..., n], _MONEY, "change in duties collected, on imports from everywhere"
        )
        found[f"tariff_revenue_change_partner_usd_m.{words}"] = Quantity(
            partner, _MONEY, "change in duties collected on the other's goods"
        )
    found["export_tax_revenue_change_usd_m.canada"] = Quantity(
        taxed[..., canada], _MONEY, "change in export taxes collected, less subsidies paid"
    )
    for k, (words, _) in enumerate(_SIDES):
        found[f"lever_effect_usd_m.{words}"] = Quantity(
            _spread(lift(model.levers_worth()[..., k]), shape),
            _MONEY,
            "what the levers earn by themselves, without any duties, before their cost",
        )
        n = w.region(_SIDES[k][1])
        gained = (model.pulled.welfare[..., n] - model.unpulled.welfare[..., n]) * w.income[n]
        found[f"lever_effect_today_usd_m.{words}"] = Quantity(
            _spread(lift(gained), shape),
            _MONEY,
            "what the levers earn by themselves, under today's duties at stake, before their cost",
        )
    own["trade_residual"] = Quantity(
        at.residual, "log points", "largest gap in the equations of the trade equilibrium"
    )
    redirected = levers.redirected(w, CANADA, US, model.shares())
    cost = redirected * model.diversification_cost * (model.diversification_by != "subsidy")
    found["diversification_cost_usd_m.canada"] = Quantity(
        _spread(lift(cost), shape),
        _MONEY,
        "cost of diversification, an assumption",
    )
    return found | own


_AUTOS = {
    "auto_output": ("%", "volume of motor-vehicle output"),
    "auto_employment": ("%", "labour in motor vehicles"),
    "auto_price": ("%", "price of vehicles to final buyers, against all consumer prices"),
}


def _autos(at: trade.TradeEquilibrium) -> dict[str, Array]:
    """Motor vehicles against the data, (..., N): volume, labour, price against consumer prices."""
    return {name: of_autos(at, name) for name in _AUTOS}


def of_autos(at: trade.TradeEquilibrium, name: str) -> Array:
    """(..., N) one of these; of other sectors nothing is worked out."""
    autos = at.world.sector(AUTOS)
    if name == "auto_price":
        return np.asarray(at.prices[..., autos, trade.FINAL] / outcomes.consumer_price(at))
    earned = at.output[..., autos] / at.world.output[:, autos]
    if name == "auto_employment":
        return np.asarray(earned / at.wage)
    return np.asarray(earned / at.unit_cost[..., autos])
