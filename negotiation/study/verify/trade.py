"""Trade equilibria with closed forms, and those of another solver."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from negotiation.catalogue import shipped
from negotiation.study.verify.answers import Compared, Problem, data
from negotiation.trade import Schedule, World, counterfactual, optimal_tariff

_THETA = 4.0
#: Share of income spent at home by each of three like countries, at trade costs of one half.
_COST = 1.5


def _home_share(cost: float) -> float:
    return float(1.0 / (1.0 + 2.0 * cost**-_THETA))


def _alike() -> World:
    """Three like countries, one sector, no tariffs."""
    home = _home_share(_COST)
    flows = np.full((3, 3, 1), (1.0 - home) / 2.0)
    flows[np.arange(3), np.arange(3)] = home
    return World.from_arrays(
        regions=("A", "B", "C"), sectors=("all",), flows=flows, trade_elasticity=_THETA
    )


def _cheaper_trade() -> Iterator[Compared]:
    """Make trade cheaper between like countries: wages stay, home shares follow by hand."""
    world, cheaper = _alike(), 1.2
    change = np.where(np.eye(3, dtype=bool), 1.0, cheaper / _COST)[..., None, None]
    found = counterfactual(world, trade_cost=np.broadcast_to(change, world.flows.shape))
    ratio = _home_share(cheaper) / _home_share(_COST)
    yield "welfare", [ratio ** (-1.0 / _THETA)] * 3, found.welfare, 1e-9


def _home_shares() -> Iterator[Compared]:
    """Make it cheaper for one: welfare is still what the home share says."""
    world = _alike()
    change = np.ones(world.flows.shape)
    change[0, 1] = change[1, 2] = 0.8
    found = counterfactual(world, trade_cost=change)
    now = np.diagonal(found.flows[..., 0, 1]) / found.spending[:, 0, 1]
    ratio = now / _home_share(_COST)
    yield "welfare", ratio ** (-1.0 / _THETA), found.welfare, 1e-9


def _best_tariff() -> Iterator[Compared]:
    """Tax the other: 1 / (theta times what the other spends at home) is best."""
    flows = np.array([[4.0, 2.0], [2.0, 16.0]])[..., None]
    world = World.from_arrays(
        regions=("A", "B"), sectors=("all",), flows=flows, trade_elasticity=_THETA
    )
    found = optimal_tariff(world, "A", certify=False)
    rate = float(np.asarray(found.equilibrium.tariff)[1, 0, 0, 1])
    after = found.equilibrium
    at_home = after.flows[1, 1, 0, 1] / after.spending[1, 0, 1]
    yield "rate", 1.0 / (_THETA * at_home), rate, 1e-7


def _duties_in_force() -> Iterator[Compared]:
    """Solve the shipped table under the duties in force, as another solver did."""
    folder = shipped()["canada_us"].path.parent / "data"
    known = data()["duties"]
    world = World.from_csv(folder, known["elasticities"])
    schedules = [
        Schedule.read(folder / "schedules" / f"{name}.csv").between(*pair)
        for name, *pair in known["schedules"]
    ]
    found = counterfactual(world, schedules)
    yield "welfare_pct", list(known["welfare_pct"].values()), 100.0 * (found.welfare - 1.0), 1e-6
    yield "ev_usd_m", list(known["ev_usd_m"].values()), found.ev, 0.01


PROBLEMS: dict[str, Problem] = {
    "cheaper_trade": _cheaper_trade,
    "home_shares": _home_shares,
    "best_tariff": _best_tariff,
    "duties_in_force": _duties_in_force,
}
