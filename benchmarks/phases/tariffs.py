"""Time Nash, optimal and formula tariffs and their certificates, beside slow ones, with targets.

Processor time; with one thread for BLAS (OPENBLAS_NUM_THREADS=1) it is time on one core.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from time import process_time
from typing import Any

import numpy as np

from benchmarks.peers.slow import Responder, formula
from benchmarks.registry import Times, ratio, show, table, timed
from benchmarks.subjects.published import TARIFF_WAR, tariff_war
from benchmarks.subjects.trade import ICIO, Array, icio
from benchmarks.subjects.worlds import shipped_world
from negotiation import load_model
from negotiation.trade import FormulaTariffs, World, counterfactual, formula_tariffs
from negotiation.trade.tariffs.certificate import Certificate, certify_tariffs
from negotiation.trade.tariffs.chosen import ChosenTariffs, nash_tariffs, optimal_tariff

#: Countries whose slow best responses stand for those of all.
ASKED = ("USA", "CAN")

#: Where the slow search for a best response begins.
START = 0.2


@dataclasses.dataclass(frozen=True, eq=False)
class Slow:
    """What stands beside a search: seconds of the slow one, and words on what it did."""

    seconds: float
    words: str


@dataclasses.dataclass(frozen=True, eq=False)
class Row:
    """A search, the seconds it may take, words on its result, and the slow one (quick or not)."""

    name: str
    call: Callable[[], Any]
    target: float | None
    note: Callable[[Any], str]
    slow: Callable[[Any, bool], Slow] | None = None


def _once(call: Callable[[], Any]) -> Times:
    return timed(call, 1, warm=False, clock=process_time)


def _apart(one: Array, other: Array) -> str:
    return f"{np.abs(one - other).max():.0e}"


# --- everybody against everybody, without links ---------------------------------------------------


def _formula_note(found: FormulaTariffs) -> str:
    return f"{found.iterations} passes, {found.status.value}"


def _slow_formula(
    world: World, accuracies: tuple[float, float | None], found: FormulaTariffs, quick: bool
) -> Slow:
    """Iterate to one accuracy at length, to another when quick; None is not at all."""
    accuracy = accuracies[1] if quick else accuracies[0]
    if accuracy is None:
        return Slow(np.nan, "takes minutes: not when quick")
    times = _once(partial(formula, world, accuracy))
    return Slow(
        times.least,
        f"plain iteration until rates move by {accuracy:g}: "
        f"{_apart(times.result, found.rates)} apart",
    )


def _nash_note(found: ChosenTariffs) -> str:
    status = found.status.value.partition(":")[0]
    return f"{found.rounds} rounds, {found.evaluations} equilibria, {status}"


def _slow_uniform(world: World, found: ChosenTariffs, quick: bool) -> Slow:
    """A few best responses to the others' rates, for a round of all."""
    asked = ASKED[: 1 if quick else None]
    seconds, gap = 0.0, 0.0
    for code in asked:
        times = _once(partial(Responder(world, code, found.equilibrium.tariff).near, START))
        seconds += times.least
        gap = max(gap, float(np.abs(times.result - found.rates[code]).max()))
    scale = len(found.countries) / len(asked)
    return Slow(
        seconds * scale,
        f"one round, scaled up {scale:.0f} times from {', '.join(asked)}: {gap:.0e} apart",
    )


# --- Canada and the US, with links ----------------------------------------------------------------


def _slow_bilateral(
    world: World, goods: tuple[str, ...], found: ChosenTariffs, quick: bool
) -> Slow:
    """Canada's best response to the US rates, for a round of both."""
    canada = Responder(world, "CAN", found.equilibrium.tariff, "USA", goods)
    if quick:
        seconds = _once(partial(canada.slope, START)).least
        return Slow(2.0 * seconds, "one slope, of dozens, of Canada, scaled up 2 times")
    times = _once(partial(canada.near, START))
    gap = _apart(times.result, found.rates["CAN"].ravel())
    return Slow(2.0 * times.least, f"one round, scaled up 2 times from Canada: {gap} apart")


def _optimal_note(found: ChosenTariffs) -> str:
    status = found.status.value.partition(":")[0]
    rates = f"{found.schedule.rates.min():.1%} to {found.schedule.rates.max():.1%}"
    return f"{found.rounds} rounds, {found.evaluations} equilibria, {rates}, {status}"


def _slow_optimal(world: World, found: ChosenTariffs, quick: bool) -> Slow:
    responder = Responder(world, found.countries[0], world.tariff)
    times = _once(partial(responder.near, START) if quick else responder.anywhere)
    where = "from a rate nearby" if quick else "from a grid"
    return Slow(times.least, f"{where}: {_apart(times.result, found.schedule.rates)} apart")


def _certificate_note(found: Certificate) -> str:
    return (
        f"{int(found.points.sum())} points, {int(found.unconverged.sum())} not converged, "
        f"gain at most {found.largest_pct:.0e} %"
    )


def _rows() -> Iterator[Row]:
    if TARIFF_WAR.is_dir():
        world = tariff_war().world
        slow = partial(_slow_formula, world, (1e-10, 1e-2))
        yield Row("44 x 16, formula", partial(formula_tariffs, world), 0.2, _formula_note, slow)
    if ICIO.is_dir():
        large = icio()
        slow = partial(_slow_formula, large, (1e-10, None))
        yield Row("81 x 28, formula", partial(formula_tariffs, large), 0.5, _formula_note, slow)
    if TARIFF_WAR.is_dir():
        responses = partial(nash_tariffs, world, world.regions, on="all", certify=False)
        yield Row(
            "44 x 16, best responses of all 44", responses, 1.0, _nash_note,
            partial(_slow_uniform, world),
        )  # fmt: skip
        met = responses()
        yield Row(
            "44 x 16, certificate of that for two",
            partial(certify_tariffs, met.equilibrium.as_world(), met.schedules[:2]),
            None,
            _certificate_note,
        )
        there = counterfactual(world, formula_tariffs(world).tariff).as_world()
        alone = partial(optimal_tariff, there, "USA", certify=False)
        yield Row(
            "44 x 16, US against the formula", alone, None, _optimal_note,
            partial(_slow_optimal, there),
        )  # fmt: skip
    home = shipped_world()
    # The goods are this model's own attribute; a model loaded by name has the type of the base.
    goods = load_model("canada_us")().goods  # type: ignore[attr-defined]
    both = partial(nash_tariffs, home, ["CAN", "USA"], by="sector", sectors=goods, certify=False)
    yield Row(
        f"9 x 16, CAN-USA, {len(goods)} goods each", both, 0.5, _nash_note,
        partial(_slow_bilateral, home, goods),
    )  # fmt: skip
    yield Row(
        "9 x 16, certificate of that",
        partial(certify_tariffs, home, both().schedules),
        None,
        _certificate_note,
    )
    alone = partial(optimal_tariff, home, "CAN", certify=False)
    yield Row(
        "9 x 16, optimal tariff of CAN", alone, None, _optimal_note, partial(_slow_optimal, home)
    )
    yield Row(
        "9 x 16, certificate of that",
        partial(certify_tariffs, home, [alone().schedule]),
        None,
        _certificate_note,
    )
    yield Row(
        "9 x 16, optimal tariffs of USA by sector",
        partial(optimal_tariff, home, "USA", by="sector", certify=False),
        None,
        _optimal_note,
    )


def main(quick: bool = False) -> None:
    lines = []
    for each in _rows():
        first = _once(each.call)
        often = 2 if quick else 5
        times = (
            first if first.least > 2.0 else timed(each.call, often, warm=False, clock=process_time)
        )
        line = [each.name, show(times.least), show(times.middle)]
        if each.target is None:
            line += ["", ""]
        else:
            line += [show(each.target), f"{times.least / each.target:.0%}"]
        line.append(each.note(times.result))
        slow = each.slow(times.result, quick) if each.slow else None
        if slow is None or not np.isfinite(slow.seconds):
            line += ["", "", slow.words if slow else ""]
        else:
            line += [show(slow.seconds), ratio(slow.seconds / times.least), slow.words]
        lines.append(line)
    headers = ["tariffs", "minimum", "median", "target", "of it", "", "slow", "we are", ""]
    table("benchmarks.phases.tariffs", headers, lines)
    for folder in (TARIFF_WAR, ICIO):
        if not folder.is_dir():
            print(f"{folder.name} is left out: its data are not at {folder}\n")


if __name__ == "__main__":
    main()
