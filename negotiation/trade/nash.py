"""Nash tariffs: schedules of several countries, each the best response to the others'."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from negotiation.errors import ParameterError, nearest
from negotiation.tolerances import DEVIATION_GAIN
from negotiation.trade.certificate import Certificate, search
from negotiation.trade.equilibrium import TradeEquilibrium, counterfactual
from negotiation.trade.meeting import first_point, meet
from negotiation.trade.optimal import verdict
from negotiation.trade.payoff import Problem
from negotiation.trade.schedule import Instruments, TariffSchedule, TariffStatus, instruments
from negotiation.trade.world import Array, World

#: Searches for an equilibrium from where a certificate found a better response.
_AGAIN = 3


@dataclasses.dataclass(frozen=True, eq=False)
class NashTariffs:
    """Tariffs at which no country gains by changing its own.

    Attributes
    ----------
    countries : tuple of str
    by : str
    schedules : tuple of TariffSchedule
        The rates of each country, in the order of `countries`.
    payoff_pct : (K,) array
        What each objective gains over the world's own tariffs, percent of income.
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

    countries: tuple[str, ...]
    by: str
    schedules: tuple[TariffSchedule, ...]
    payoff_pct: Array
    equilibrium: TradeEquilibrium
    rounds: int
    evaluations: int
    certificate: Certificate | None
    status: TariffStatus

    @property
    def rates(self) -> dict[str, Array]:
        """Rates by country, fractions; see `TariffSchedule.rates` for the shape."""
        return {each.country: each.rates for each in self.schedules}

    @property
    def welfare_pct(self) -> Array:
        """(N,) welfare change of every region, percent."""
        return 100.0 * (self.equilibrium.welfare - 1.0)

    @property
    def certificate_pct(self) -> float:
        """Largest gain any deviation was found to bring, percent of income.

        NaN without a certificate; `status` says why there is none.
        """
        return self.certificate.largest_pct if self.certificate else np.nan


def nash_tariffs(
    world: World,
    countries: Sequence[str],
    *,
    by: str = "uniform",
    on: str = "players",
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = (-0.5, 5.0),
    objectives: Mapping[str, Mapping[str, float]] | None = None,
    start: Mapping[str, Any] | None = None,
    certify: bool = True,
    rounds: int = 60,
) -> NashTariffs:
    """Find tariffs that are best responses to each other (Johnson 1953; Ossa 2014).

    Newton's method on the first-order conditions of all countries together, slopes by the adjoint,
    rounds of best responses where Newton does not help; then a global search by payoffs alone
    for the best deviation of every country, which decides what may be called an equilibrium.

    Parameters
    ----------
    world : World
    countries : sequence of str
        Who chooses tariffs, at the same time. One alone sets its optimal tariff.
    by : {"uniform", "sector", "partner", "both"}
        One rate for all, one per sector, one per partner, or one per partner and sector.
    on : {"players", "all"}
        Countries tax each other only, or everything foreign. All other tariffs stay.
    sectors : sequence of str, optional
        Sectors taxed; None is all.
    bounds : (float, float)
        Least and largest rate. A rate at a bound is reported in `TariffSchedule.at_bound`.
    objectives : mapping of country to mapping of sector to weight, optional
        Countries without one maximise welfare; see `optimal_tariff`.
    start : mapping of country to rates, optional
        Rates to begin with.
    certify : bool
        Whether to search for deviations.
    rounds : int
        Most steps of a search.

    Returns
    -------
    NashTariffs
        Rates are total ad valorem rates, on both uses alike. There may be other equilibria, one
        without trade among them.

    Raises
    ------
    ParameterError
        Arguments that do not fit the world or each other; the message says which.

    Notes
    -----
    Baseline transfers stay as they are, in units of world value added. A country with a large
    deficit then gains from closing its border altogether, since its transfer is paid to it all the
    same (Ossa 2014 removes transfers for this reason): pass `purged(world)` where everything
    foreign is taxed.
    """
    players = choosers(
        world,
        countries,
        by=by,
        on=on,
        sectors=sectors,
        bounds=bounds,
        objectives=objectives,
        start=start,
    )
    problem = Problem.of(world, players)
    point, taken = problem.start if start else first_point(problem), 0
    certificate: Certificate | None = None
    for _ in range(_AGAIN):
        found = meet(problem, point, rounds=rounds)
        point, taken = found.point, taken + found.rounds
        if not certify:
            break
        certificate = search(problem, point)
        # Not a number: there is no trade equilibrium here, nor anything better to go on from.
        if not certificate.largest_pct > DEVIATION_GAIN:
            break
        point = np.concatenate(
            [
                np.log1p(better.rates.reshape(-1)[player.label])
                for better, player in zip(certificate.deviations, players, strict=True)
            ]
        )
    equilibrium = counterfactual(
        world, problem.tariff(found.point[None])[0], tariff_unit="fraction"
    )
    status = verdict(found.converged and bool(equilibrium.converged), certificate)
    return NashTariffs(
        countries=tuple(player.code for player in players),
        by=by,
        schedules=tuple(
            player.schedule(found.point[problem.part(number)])
            for number, player in enumerate(players)
        ),
        payoff_pct=100.0 * problem.payoffs_at(equilibrium),
        equilibrium=equilibrium,
        rounds=taken,
        evaluations=problem.count.solved + 1,
        certificate=None if status is TariffStatus.NOT_CONVERGED else certificate,
        status=status,
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
