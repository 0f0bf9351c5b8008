"""Tariffs that governments choose, and export taxes: optimal for one country, Nash for several."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from negotiation.errors import ParameterError
from negotiation.tolerances import DEVIATION_GAIN
from negotiation.trade.equilibrium import TradeEquilibrium, counterfactual
from negotiation.trade.tariffs.certificate import Certificate, search
from negotiation.trade.tariffs.payoff import TariffGame
from negotiation.trade.tariffs.schedule import (
    BOUNDS,
    EXPORT_BOUNDS,
    TariffSchedule,
    choosers,
)
from negotiation.trade.tariffs.schedule import instruments as read
from negotiation.trade.tariffs.search import OwnPayoff, climb, first_point, meet
from negotiation.trade.world import Array, World

#: Searches for a better start after a certificate that found one.
_AGAIN = 3


class TariffConcept(StrEnum):
    """What makes tariffs the chosen ones; the value is what a user reads."""

    OPTIMAL = "optimal tariff, with the tariffs of all others given"
    NASH = "Nash equilibrium in tariffs"
    NASH_PRODUCT = "efficient tariffs, largest product of gains over disagreement"
    WELFARE_SUM = "efficient tariffs, largest weighted sum of equivalent variations"


class TariffStatus(StrEnum):
    """How a search for tariffs ended; the value is what a user reads."""

    CERTIFIED = "certified: the global search found no deviation that gains more than tolerance"
    NOT_CERTIFIED = "not certified: a deviation gains more than tolerance"
    NOT_CHECKED = "not checked: first-order conditions hold, no certificate was asked for"
    NOT_CONVERGED = (
        "not converged: the first-order conditions do not hold, so there is nothing to certify"
    )
    EFFICIENT = "efficient: first-order conditions hold, and every player gains over disagreement"
    WELFARE = "efficient: first-order conditions hold; some player loses against disagreement"
    NO_GAIN = "no agreement: no tariffs were found that make every player better off"

    @property
    def certified(self) -> bool:
        """Whether the tariffs are what their concept says, as far as a search can tell."""
        return self in (TariffStatus.CERTIFIED, TariffStatus.EFFICIENT, TariffStatus.WELFARE)


@dataclasses.dataclass(frozen=True, eq=False)
class ChosenTariffs:
    """Tariffs that one country, or several, would choose.

    Attributes
    ----------
    concept : TariffConcept
    countries : tuple of str
        The K countries that choose.
    schedules : tuple of TariffSchedule
        The rates of each, in the order of `countries`; a country's tariffs before its export taxes,
        where both are chosen.
    payoff : (K,) array
        What each objective gains over the world's own tariffs, as a share of income; with welfare
        as the objective, the change in welfare.
    disagreement : (K,) array
        The same without an agreement; zero where nobody negotiates.
    weights : (K,) array
        Of the countries in what efficient tariffs maximise; they sum to one. Empty for the others.
    slope : float
        Efficient tariffs: largest derivative of the objective by a variable that is not at a bound,
        log(1 + rate) scaled by sqrt(trade * theta / income): zero at an optimum. NaN for the
        others, where the certificate says more.
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

    concept: TariffConcept
    countries: tuple[str, ...]
    schedules: tuple[TariffSchedule, ...]
    payoff: Array
    disagreement: Array
    weights: Array
    slope: float
    equilibrium: TradeEquilibrium
    rounds: int
    evaluations: int
    certificate: Certificate | None
    status: TariffStatus

    @property
    def by(self) -> str:
        """How rates are differentiated: uniform, sector, partner or both."""
        return self.schedules[0].by

    @property
    def schedule(self) -> TariffSchedule:
        """The rates, where one country chooses, of one kind.

        Raises
        ------
        ParameterError
            If several do, or one both tariffs and export taxes.
        """
        if len(self.schedules) > len(self.countries):
            raise ParameterError(
                f"{', '.join(self.countries)} chose tariffs and export taxes; take them from "
                "`schedules`"
            )
        if len(self.schedules) > 1:
            raise ParameterError(
                f"{', '.join(self.countries)} have a schedule each; take one of `schedules`"
            )
        return self.schedules[0]

    @property
    def rates(self) -> dict[str, Array]:
        """Tariffs by country, fractions; see `TariffSchedule.rates` for the shape."""
        return {each.country: each.rates for each in self.schedules if each.kind == "import"}

    @property
    def export_taxes(self) -> dict[str, Array]:
        """Export taxes by country, in the same way."""
        return {each.country: each.rates for each in self.schedules if each.kind == "export"}

    @property
    def instruments(self) -> tuple[str, ...]:
        """What was chosen: "import" for tariffs, "export" for export taxes, or both."""
        return tuple(dict.fromkeys(each.kind for each in self.schedules))

    @property
    def payoff_pct(self) -> Array:
        """(K,) `payoff` in percent."""
        return 100.0 * self.payoff

    @property
    def gains(self) -> Array:
        """(K,) `payoff` less its value in disagreement."""
        return self.payoff - self.disagreement

    @property
    def welfare_pct(self) -> Array:
        """(N,) welfare change of every region, percent."""
        return 100.0 * (self.equilibrium.welfare - 1.0)

    @property
    def ev(self) -> Array:
        """(K,) equivalent variation of the countries that choose, money, against the world."""
        world = self.equilibrium.world
        return np.array([self.equilibrium.ev[world.region(code)] for code in self.countries])

    @property
    def certificate_pct(self) -> float:
        """Largest gain any deviation was found to bring, percent of income.

        NaN without a certificate; `status` says why there is none.
        """
        return self.certificate.largest_pct if self.certificate else np.nan


def optimal_tariff(
    world: World,
    country: str,
    *,
    by: str = "uniform",
    instruments: Sequence[str] = ("import",),
    on: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = BOUNDS,
    export_bounds: tuple[float, float] = EXPORT_BOUNDS,
    objective: Mapping[str, float] | None = None,
    start: ArrayLike | TariffSchedule | Sequence[TariffSchedule] | Mapping[str, Any] | None = None,
    certify: bool = True,
) -> ChosenTariffs:
    """Find the tariffs that are best for one country, with the tariffs of all others given.

    Newton's method on slopes by the adjoint; then a global search by payoffs alone, which decides
    what may be called optimal. A better place that it finds is climbed from.

    Parameters
    ----------
    world : World
    country : str
    by : {"uniform", "sector", "partner", "both"}
        One rate for all, one per sector, one per partner, or one per partner and sector.
    instruments : sequence of {"import", "export"}
        Tariffs on what is bought, taxes on what is sold, or both, differentiated alike.
    on : sequence of str, optional
        Partners whose goods are taxed, or to whom sales are; None is all other regions.
    sectors : sequence of str, optional
        Sectors taxed; None is all.
    bounds : (float, float)
        Least and largest tariff. A rate at a bound is reported in `schedule.at_bound`.
    export_bounds : (float, float)
        Least and largest export tax. Exports are not subsidised unless the least is below zero.
    objective : mapping of sector to weight, optional
        None is welfare. Else EV + sum over s of weight_s * change in real value added of s, both
        in money (Grossman and Helpman 1995; Ossa 2014).
    start : array or TariffSchedule, or several, optional
        Rates to begin with; broadcastable to the shape of the answer. With both instruments a
        mapping of "import" and "export" to rates, or schedules of both kinds.
    certify : bool
        Whether to search for better rates.

    Returns
    -------
    ChosenTariffs
        Rates are total ad valorem rates, on both uses alike; they replace the world's on the
        chosen flows, and all other tariffs stay. Export taxes that are not chosen are zero.

    Raises
    ------
    ParameterError
        Arguments that do not fit the world or each other; the message says which.

    Notes
    -----
    Transfers stay as they are; see `nash_tariffs`, also for what tariffs and export taxes can do
    that the other cannot.
    """
    own = read(
        world,
        country,
        by=by,
        kinds=instruments,
        on=on,
        sectors=sectors,
        bounds=bounds,
        export_bounds=export_bounds,
        objective=objective,
        start=start,
    )
    game = TariffGame.of(world, (own,))

    def best(point: Array) -> tuple[Array, bool, int]:
        found = climb(OwnPayoff(game), point, own.box, own.scale)
        return found.point, found.converged, found.rounds

    return _settle(TariffConcept.OPTIMAL, game, own.start, best, certify=certify)


def nash_tariffs(
    world: World,
    countries: Sequence[str],
    *,
    by: str = "uniform",
    instruments: Sequence[str] = ("import",),
    on: str = "players",
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = BOUNDS,
    export_bounds: tuple[float, float] = EXPORT_BOUNDS,
    objectives: Mapping[str, Mapping[str, float]] | None = None,
    start: Mapping[str, Any] | None = None,
    certify: bool = True,
    rounds: int = 60,
) -> ChosenTariffs:
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
    instruments : sequence of {"import", "export"}
        Tariffs on what is bought, taxes on what is sold, or both, differentiated alike.
    on : {"players", "all"}
        Countries tax each other only, or everything foreign. All other tariffs stay.
    sectors : sequence of str, optional
        Sectors taxed; None is all.
    bounds : (float, float)
        Least and largest tariff. A rate at a bound is reported in `TariffSchedule.at_bound`.
    export_bounds : (float, float)
        Least and largest export tax. Exports are not subsidised unless the least is below zero.
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
    ChosenTariffs
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

    With balanced trade a uniform tax on all exports does what a uniform tariff on all imports does
    (Lerner 1936). So a country that taxes all its imports and all its exports has one variable too
    many: if every 1 + tariff is multiplied by a number and every 1 + export tax divided by it,
    prices and money at home are multiplied by it, and nothing else changes. Then the tariff on most
    of its trade is held, at zero or at its start, and only the others are chosen and searched.
    With transfers fixed in units of world value added the symmetry does not hold exactly: the
    country's wages are part of that unit, so the level at which the tariff is held changes what its
    transfer buys. Nor does it hold where some partners or sectors are not taxed.
    """
    players = choosers(
        world,
        countries,
        by=by,
        kinds=instruments,
        on=on,
        sectors=sectors,
        bounds=bounds,
        export_bounds=export_bounds,
        objectives=objectives,
        start=start,
    )
    game = TariffGame.of(world, players)

    def met(point: Array) -> tuple[Array, bool, int]:
        found = meet(game, point, rounds=rounds)
        return found.point, found.converged, found.rounds

    begin = game.start if start else first_point(game)
    return _settle(TariffConcept.NASH, game, begin, met, certify=certify)


def _settle(
    concept: TariffConcept,
    game: TariffGame,
    start: Array,
    find: Callable[[Array], tuple[Array, bool, int]],
    *,
    certify: bool,
) -> ChosenTariffs:
    """Search from a point, and from what the certificate finds better; say what came of it."""
    rounds = 0
    certificate: Certificate | None = None
    for _ in range(_AGAIN):
        point, converged, taken = find(start)
        rounds += taken
        if not certify:
            break
        certificate = search(game, point)
        # Not a number: there is no trade equilibrium here, nor anything better to go on from.
        if not certificate.largest_pct > DEVIATION_GAIN:
            break
        better = certificate.deviations
        start = np.concatenate([player.point(better) for player in game.players])
    found = chosen(concept, game, point, rounds=rounds)
    status = _verdict(converged and bool(found.equilibrium.converged), certificate)
    return dataclasses.replace(
        found,
        certificate=None if status is TariffStatus.NOT_CONVERGED else certificate,
        status=status,
    )


def chosen(
    concept: TariffConcept,
    game: TariffGame,
    point: Array,
    *,
    rounds: int,
    disagreement: Array | None = None,
    weights: Array | None = None,
    slope: float = np.nan,
) -> ChosenTariffs:
    """Return the tariffs at a point (n,), their status still open: the equilibrium is solved."""
    tariff = game.tariff(point[None])[0]
    taxes = {pair: each[0] for pair, each in game.taxes(point[None]).items()}
    equilibrium = counterfactual(
        game.world, tariff, tariff_unit="fraction", export_tax=game.named(taxes) or None
    )
    payoff = game.payoffs_at(equilibrium)
    return ChosenTariffs(
        concept=concept,
        countries=tuple(player.code for player in game.players),
        schedules=tuple(
            each
            for number, player in enumerate(game.players)
            for each in player.schedules(point[game.part(number)])
        ),
        payoff=payoff,
        disagreement=np.zeros_like(payoff) if disagreement is None else disagreement,
        weights=np.empty(0) if weights is None else weights,
        slope=slope,
        equilibrium=equilibrium,
        rounds=rounds,
        evaluations=game.count.solved + 1,
        certificate=None,
        status=TariffStatus.NOT_CONVERGED,
    )


def _verdict(converged: bool, certificate: Certificate | None) -> TariffStatus:
    """What may be said of tariffs."""
    if certificate is not None and certificate.largest_pct > DEVIATION_GAIN:
        return TariffStatus.NOT_CERTIFIED
    if not converged:
        return TariffStatus.NOT_CONVERGED
    return TariffStatus.NOT_CHECKED if certificate is None else TariffStatus.CERTIFIED
