"""The tariff war: what each side gets where both choose their best tariffs by sector."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation import ThreatPoint, errors
from negotiation.trade import TradeEquilibrium, nash_tariffs

from .calibration import AUTOS, CANADA, US

if TYPE_CHECKING:
    from .model import CanadaUS

Array = NDArray[np.float64]

_SIDES = (CANADA, US)


def war_world(model: "CanadaUS") -> TradeEquilibrium:
    """Solve the world in which the war is fought: all outlets in use, treaty rates."""
    if model.batch_shape:
        raise errors.ParameterError(
            "canada_us: the tariff war is solved at one point at a time, but parameters have shape "
            f"{model.batch_shape}; evaluate the points one by one"
        )
    if model.diversification_by == "subsidy" and np.any(model.shares()):
        raise errors.ParameterError(
            "canada_us: the tariff war is not solved where diversification is paid by a subsidy; "
            "choose diversification_by=taste or trade_cost"
        )
    if model.closure not in ("transfers", "balanced"):
        raise errors.ParameterError(
            f"canada_us: the tariff war is not solved with closure={model.closure}; choose "
            "transfers or balanced"
        )
    return model.solved({}, model.shares())


def objectives(model: "CanadaUS") -> dict[str, dict[str, float]]:
    """Weights on real value added of motor vehicles by region, where they are not zero."""
    weights = (model.auto_weight_canada, model.auto_weight_us)
    return {
        code: {AUTOS: float(weight)}
        for code, weight in zip(_SIDES, weights, strict=True)
        if np.any(weight)
    }


def tariff_war(model: "CanadaUS") -> ThreatPoint:
    """Return payoffs at the Nash equilibrium in tariffs by goods sector, as in `payoffs`.

    Each government maximises its payoff against the status quo, over total rates on the other's
    goods. There is no political cost: those of the postures are costs of the postures.
    """
    opened = war_world(model)
    world = opened.as_world()
    autos = model.world.sector(AUTOS)
    sides = [model.world.region(code) for code in _SIDES]
    income = model.world.income[sides]
    added = model.world.value_added_share[sides, autos] * model.world.output[sides, autos]
    peace = _moneys(model, opened)
    # Weights are US$ per US$ of the data; the search counts in money of the war's world.
    dollar = (added / income) / (peace[1] / peace[0])
    found = nash_tariffs(
        world,
        _SIDES,
        by="sector",
        sectors=model.goods,
        objectives={
            code: {AUTOS: own[AUTOS] * dollar[_SIDES.index(code)]}
            for code, own in objectives(model).items()
        },
    )
    at = found.equilibrium
    welfare = at.welfare[sides] * opened.welfare[sides]
    labour = at.real_value_added[sides, autos] * opened.real_value_added[sides, autos]
    weights = np.array([model.auto_weight_canada, model.auto_weight_us], dtype=float)
    payoffs = income * (welfare - opened.welfare[sides]) + weights * added * (
        labour - opened.real_value_added[sides, autos]
    )
    payoffs = payoffs + model.late()
    certificate = found.certificate
    assert certificate is not None  # it was asked for
    gain = certificate.largest_pct
    word = found.status.value.partition(":")[0]
    better = f"rates that gain {gain:.1g} % of income" if gain > 1e-9 else "no better rates"
    about = (
        "tariff war, the Nash equilibrium in tariffs by goods sector on each other "
        f"({word}: a search of {certificate.points.sum()} points found {better})"
    )
    if np.any(model.procurement):
        # Canada keeps this premium as it keeps a duty, so that it is one choice with the rate.
        about += "; Canada's rates hold the premium that procurement puts on US goods"
    return ThreatPoint(
        payoffs=payoffs,
        about=about,
        certified=word == "certified",
        details={
            "status": found.status.value,
            "certificate_pct": gain,
            "points_searched": dict(zip(_SIDES, certificate.points.tolist(), strict=True)),
            "rounds": found.rounds,
            "tariffs": {side.country: side.as_dict() for side in found.schedules},
            "welfare_pct": dict(
                zip(_SIDES, 100.0 * (welfare / opened.welfare[sides] - 1.0), strict=True)
            ),
        },
    )


def _moneys(model: "CanadaUS", at: TradeEquilibrium) -> tuple[Array, Array]:
    """Money of an equilibrium per unit of W-hat, and of real value added of motor vehicles: (2,).

    Both ratios are against the data.
    """
    world, autos = model.world, model.world.sector(AUTOS)
    sides = [world.region(code) for code in _SIDES]
    added = at.output[sides, autos] * world.value_added_share[sides, autos]
    return at.income[sides] / at.welfare[sides], added / at.real_value_added[sides, autos]
