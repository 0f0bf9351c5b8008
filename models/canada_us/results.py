"""What is reported of every profile beside the payoffs."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation import Quantity, trade
from negotiation.trade import dependence, levers, outcomes

from .calibration import AUTOS, CANADA, US
from .facts import exchange_rate, jobs

if TYPE_CHECKING:
    from .model import CanadaUS

Array = NDArray[np.float64]

_SIDES = (("canada", CANADA), ("us", US))
_MONEY = "US$ million a year"


def quantities(model: "CanadaUS") -> dict[str, Quantity]:
    """Results of every profile, all of them changes: against the status quo, and against today."""
    w, at = model.world, model.profiles
    autos, (canada, us) = w.sector(AUTOS), (w.region(CANADA), w.region(US))
    ev = model.ev()
    found: dict[str, Quantity] = {}
    for n, code in enumerate(w.regions):
        found[f"welfare_pct.{code}"] = Quantity(
            100 * ev[..., n] / w.income[n], "%", f"real income of {w.region_names[n]}"
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
        dependence.export_share(w, at.flows, CANADA, US, model.goods),
        "share",
        "US share of Canadian goods exports",
    )
    today, quiet, own = _autos(model.today, autos), _autos(at, autos), {}
    for words, code in _SIDES:
        n = w.region(code)
        known = jobs(code, AUTOS)
        for name, (unit, about) in _AUTOS.items():
            values = quiet[name][..., n]
            before = values[..., :1, :1]
            found[f"{name}_pct.{words}"] = Quantity(
                100 * (values / before - 1.0), unit, f"{about}, against the same world at peace"
            )
            found[f"{name}_today_pct.{words}"] = Quantity(
                100 * (values / np.asarray(today[name][..., n])[..., None, None] - 1.0),
                unit,
                f"{about}, against today: duties in force, no lever pulled",
            )
            pulled = values[..., 1:2, 1:2] / np.asarray(today[name][..., n])[..., None, None]
            own[f"{name}_lever_pct.{words}"] = Quantity(
                np.broadcast_to(100 * (pulled - 1.0), values.shape),
                unit,
                f"{about}: what the levers do by themselves, under today's duties",
            )
        if known is not None:
            labour = quiet["auto_employment"][..., n]
            before = labour[..., :1, :1]
            found[f"auto_jobs.{words}"] = Quantity(
                known.jobs * (labour / before - 1.0),
                "jobs",
                f"jobs in motor vehicles, of {known.jobs:,} in {known.year} ({known.covers})",
            )
    collected = at.tariff_revenue - model.quiet("tariff_revenue")
    by_origin = outcomes.tariff_revenue_by_origin(at)
    by_origin = by_origin - by_origin[..., :1, :1, :, :]
    taxed = at.export_tax_revenue - model.quiet("export_tax_revenue")
    for words, code in _SIDES:
        n = w.region(code)
        other = us if n == canada else canada
        found[f"tariff_revenue_change_usd_m.{words}"] = Quantity(
            collected[..., n], _MONEY, "change in duties collected, on imports from everywhere"
        )
        found[f"tariff_revenue_change_partner_usd_m.{words}"] = Quantity(
            by_origin[..., other, n], _MONEY, "change in duties collected on the other's goods"
        )
    found["export_tax_revenue_change_usd_m.canada"] = Quantity(
        taxed[..., canada], _MONEY, "change in export taxes collected, less subsidies paid"
    )
    shape = at.residual.shape
    for k, (words, _) in enumerate(_SIDES):
        found[f"lever_effect_usd_m.{words}"] = Quantity(
            np.broadcast_to(model.levers_worth()[..., k][..., None, None], shape),
            _MONEY,
            "what the levers earn by themselves, without any duties, before their cost",
        )
    redirected = levers.redirected(w, CANADA, US, model.shares())
    cost = redirected * model.diversification_cost * (model.diversification_by != "subsidy")
    found["diversification_cost_usd_m.canada"] = Quantity(
        np.broadcast_to(np.asarray(cost)[..., None, None], shape),
        _MONEY,
        "cost of diversification, an assumption",
    )
    return found | own


_AUTOS = {
    "auto_output": ("%", "volume of motor-vehicle output"),
    "auto_employment": ("%", "labour in motor vehicles"),
    "auto_price": ("%", "price of vehicles to final buyers, against all consumer prices"),
}


def _autos(at: trade.TradeEquilibrium, autos: int) -> dict[str, Array]:
    """Motor vehicles against the data, (..., N): volume, labour, price against consumer prices."""
    return {
        "auto_output": at.real_output[..., autos],
        "auto_employment": at.employment[..., autos],
        "auto_price": outcomes.relative_prices(at)[..., autos, trade.FINAL],
    }
