"""The optimal tariff of one country, with a certificate."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from negotiation.tolerances import DEVIATION_GAIN
from negotiation.trade.ascent import Own, climb
from negotiation.trade.certificate import Certificate, search
from negotiation.trade.equilibrium import TradeEquilibrium, counterfactual
from negotiation.trade.payoff import Problem
from negotiation.trade.schedule import TariffSchedule, TariffStatus, instruments
from negotiation.trade.world import Array, World

#: Searches for a better start after a certificate that found one.
_AGAIN = 3


@dataclasses.dataclass(frozen=True, eq=False)
class OptimalTariff:
    """The best rates of one country when nobody else changes theirs.

    Attributes
    ----------
    country, by : str
    schedule : TariffSchedule
        The rates by name.
    payoff_pct : float
        What the country's objective gains over the world's own tariffs, percent of its income;
        with welfare as the objective, its welfare change.
    equilibrium : TradeEquilibrium
        Under these rates, counted from the world.
    rounds : int
        Steps of the search.
    evaluations : int
        Trade equilibria solved, the certificate's included.
    certificate : Certificate or None
        None where it was not asked for, or where the search for tariffs did not converge: `status`
        says which.
    status : TariffStatus
    """

    country: str
    by: str
    schedule: TariffSchedule
    payoff_pct: float
    equilibrium: TradeEquilibrium
    rounds: int
    evaluations: int
    certificate: Certificate | None
    status: TariffStatus

    @property
    def rates(self) -> Array:
        """Ad valorem rates, fractions; see `TariffSchedule.rates` for the shape."""
        return self.schedule.rates

    @property
    def welfare_pct(self) -> Array:
        """(N,) welfare change of every region, percent."""
        return 100.0 * (self.equilibrium.welfare - 1.0)

    @property
    def certificate_pct(self) -> float:
        """Largest gain another schedule was found to bring, percent of income.

        NaN without a certificate; `status` says why there is none.
        """
        return self.certificate.largest_pct if self.certificate else np.nan


def optimal_tariff(
    world: World,
    country: str,
    *,
    by: str = "uniform",
    on: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = (-0.5, 5.0),
    objective: Mapping[str, float] | None = None,
    start: ArrayLike | TariffSchedule | None = None,
    certify: bool = True,
) -> OptimalTariff:
    """Find the tariffs that are best for one country, everybody else's given.

    Newton's method on slopes by the adjoint; then a global search by payoffs alone, which decides
    what may be called optimal. A better place that it finds is climbed from.

    Parameters
    ----------
    world : World
    country : str
    by : {"uniform", "sector", "partner", "both"}
        One rate for all, one per sector, one per partner, or one per partner and sector.
    on : sequence of str, optional
        Partners whose goods are taxed; None is all other regions.
    sectors : sequence of str, optional
        Sectors taxed; None is all.
    bounds : (float, float)
        Least and largest rate. A rate at a bound is reported in `schedule.at_bound`.
    objective : mapping of sector to weight, optional
        None is welfare. Else EV + sum over s of weight_s * change in real value added of s, both
        in money (Grossman and Helpman 1995; Ossa 2014).
    start : array or TariffSchedule, optional
        Rates to begin with; broadcastable to the shape of the answer.
    certify : bool
        Whether to search for better rates.

    Returns
    -------
    OptimalTariff
        Rates are total ad valorem rates, on both uses alike; they replace the world's on the
        chosen flows, and all other tariffs stay.

    Raises
    ------
    ParameterError
        Arguments that do not fit the world or each other; the message says which.

    Notes
    -----
    Transfers stay as they are; see `nash_tariffs`.
    """
    own = instruments(
        world,
        country,
        by=by,
        on=on,
        sectors=sectors,
        bounds=bounds,
        objective=objective,
        start=start,
    )
    problem = Problem.of(world, (own,))
    point, rounds = own.start, 0
    certificate: Certificate | None = None
    for _ in range(_AGAIN):
        found = climb(Own(problem), point, own.box, own.scale)
        point, rounds = found.point, rounds + found.rounds
        if not certify:
            break
        certificate = search(problem, point)
        # Not a number: there is no trade equilibrium here, nor anything better to go on from.
        if not certificate.largest_pct > DEVIATION_GAIN:
            break
        point = np.log1p(certificate.deviation.rates.reshape(-1)[own.label])
    equilibrium = counterfactual(
        world, problem.tariff(found.point[None])[0], tariff_unit="fraction"
    )
    status = verdict(found.converged and bool(equilibrium.converged), certificate)
    return OptimalTariff(
        country=country,
        by=by,
        schedule=own.schedule(found.point),
        payoff_pct=100.0 * float(problem.payoffs_at(equilibrium)[0]),
        equilibrium=equilibrium,
        rounds=rounds,
        evaluations=problem.count.solved + 1,
        certificate=None if status is TariffStatus.NOT_CONVERGED else certificate,
        status=status,
    )


def verdict(converged: bool, certificate: Certificate | None) -> TariffStatus:
    """What may be said of tariffs."""
    if certificate is not None and certificate.largest_pct > DEVIATION_GAIN:
        return TariffStatus.NOT_CERTIFIED
    if not converged:
        return TariffStatus.NOT_CONVERGED
    return TariffStatus.NOT_CHECKED if certificate is None else TariffStatus.CERTIFIED
