"""What is reported of every profile beside the payoffs."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation import Quantity, trade
from negotiation.trade import dependence, levers

from .calibration import AUTOS, CANADA, US

if TYPE_CHECKING:
    from .model import CanadaUS

Array = NDArray[np.float64]


def quantities(model: "CanadaUS") -> dict[str, Quantity]:
    """Results of every profile: welfare, trade shares, motor vehicles, tariff revenue."""
    w, at = model.world, model.postures
    autos = w.sector(AUTOS)
    ev = model.ev()
    income = model.quiet("income")
    found: dict[str, Quantity] = {}
    for n, code in enumerate(w.regions):
        found[f"welfare_pct.{code}"] = Quantity(
            100 * ev[..., n] / income[..., n], "%", f"real income of {w.region_names[n]}"
        )
        found[f"ev_usd_m.{code}"] = Quantity(
            ev[..., n], "US$ million a year", f"equivalent variation, {w.region_names[n]}"
        )
    found["us_share_of_goods_exports"] = Quantity(
        dependence.export_share(w, at.flows, CANADA, US, model.goods),
        "share",
        "US share of Canadian goods exports",
    )
    for words, code in (("canada", CANADA), ("us", US)):
        n = w.region(code)
        found |= {
            f"auto_output_pct.{words}": Quantity(
                _percent(at.real_output[..., n, autos], model.quiet("real_output")[..., n, autos]),
                "%",
                "volume of motor-vehicle output",
            ),
            f"auto_employment_pct.{words}": Quantity(
                _percent(at.employment[..., n, autos], model.quiet("employment")[..., n, autos]),
                "%",
                "labour in motor vehicles",
            ),
            f"auto_price_pct.{words}": Quantity(
                _percent(
                    at.prices[..., n, autos, trade.FINAL],
                    model.quiet("prices")[..., n, autos, trade.FINAL],
                ),
                "%",
                "price of vehicles to final buyers, in units of world value added",
            ),
            f"tariff_revenue_usd_m.{words}": Quantity(
                at.tariff_revenue[..., n], "US$ million a year", "all tariff revenue"
            ),
        }
    found["lever_effect_usd_m.canada"] = Quantity(
        np.broadcast_to(model.levers_worth()[..., 0][..., None, None], at.residual.shape),
        "US$ million a year",
        "what the levers earn Canada by themselves, without any duties, before their cost",
    )
    cost = levers.redirected(w, CANADA, US, model.shares()) * model.diversification_cost
    found["diversification_cost_usd_m.canada"] = Quantity(
        np.broadcast_to(
            np.asarray(cost)[..., None, None],
            at.residual.shape,
        ),
        "US$ million a year",
        "cost of diversification, an assumption",
    )
    return found


def _percent(now: Array, quiet: Array) -> Array:
    """Change against the status quo, in percent."""
    return np.asarray(100 * (now / quiet - 1.0))
