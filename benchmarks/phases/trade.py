"""Time the trade solver by size and severity, beside slow and obvious ones, against targets.

Processor time; with one thread for BLAS (OPENBLAS_NUM_THREADS=1) it is time on one core.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from time import process_time

import numpy as np

from benchmarks.peers import slow
from benchmarks.registry import SUBJECTS, Job, Times, ratio, show, table, timed
from benchmarks.subjects import trade as _trade
from benchmarks.subjects.published import NAFTA
from benchmarks.subjects.worlds import shipped_world
from negotiation.trade import TradeEquilibrium, counterfactual, gradient
from negotiation.trade.jacobian import preconditioner
from negotiation.trade.system import system_of

#: Scenarios at most of a batch when quick; in batches of severe ones, and of those that take so
#: long that fewer must do.
QUICK, SEVERE, HARD = 64, 64, 8

#: Scenarios of 81 x 28 at most when quick: each brings megabytes.
QUICK_LARGE = 16

#: Seconds that the slow solver of large worlds has for one scenario.
SECONDS, SECONDS_WHEN_QUICK = 30.0, 1.0

#: What a gradient may take, in solves of the same scenarios.
GRADIENT_TARGET = 1.5

#: What other wedges may take, in solves of plain duties.
WEDGES: dict[str, float | None] = {
    "parts": 1.05,
    "a quota": 3.0,
    "export taxes": None,
    "tastes": None,
    "specific factors": None,
}

RATES = (0.01, 0.25, 1.0, 5.0)


def _timed(job: Job, quick: bool) -> Times:
    """Repeat what is short, and what is long no oftener than it must be."""
    first = timed(job.call, 1, warm=False, clock=process_time)
    if first.least < 1.0:
        return timed(job.call, 3 if quick else 7, warm=False, clock=process_time)
    return timed(job.call, 1 if quick else 3, warm=False, clock=process_time)


def against(seconds: float, target: tuple[float, float | None] | None) -> list[str]:
    """Cells for a target and how far from it we are."""
    if target is None:
        return ["", ""]
    goal, aim = target
    words = show(goal) if aim is None else f"{show(goal)}, aim {show(aim)}"
    return [words, f"{seconds / goal:.0%}"]


#: What slow solvers took for a scenario. What is drawn does not depend on the batch, so that arrays
#: and mappings, compiled or not, share an answer.
_SLOW: dict[str, Times] = {}


def _beside(case: _trade.Case, welfare: _trade.Array, seconds: float, quick: bool) -> list[str]:
    """Cells of both slow solvers: seconds, how many times that is of ours, agreement."""
    cells = []
    loop = partial(slow.damped, case, SECONDS_WHEN_QUICK if quick else SECONDS)
    small = case.tariff.size <= slow.NESTED
    for name, call in (("nested", partial(slow.nested, case)), ("loop", loop)):
        if name == "nested" and not small:
            cells += ["", "", ""]
            continue
        same = f"{name} {case.tariff.shape} {case.tariff.sum()!r} {case.trade_cost.sum()!r}"
        if same not in _SLOW:
            _SLOW[same] = timed(call, 3 if small else 1, warm=small, clock=process_time)
        times = _SLOW[same]
        more = ("> " if times.result.stopped else "") + ratio(times.least / seconds)
        cells += [show(times.least), more, slow.words(times.result, welfare)]
    return cells


def _scenarios(quick: bool) -> None:
    lines = []
    for each in SUBJECTS["trade"]:
        job = each.make()
        most = QUICK if job.data.tariff.size < slow.NESTED else QUICK_LARGE
        if quick and job.larger and job.items > most:
            job = job.larger(most)
        times = _timed(job, quick)
        least, middle = times.least / job.items, times.middle / job.items
        welfare = times.result.welfare.reshape(-1, len(job.data.world.regions))
        first = welfare[-1 if "sweep" in each.name else 0]
        lines.append([
            each.name, str(job.items), show(least), show(middle),
            *against(least, _trade.TARGETS.get(each.name)), job.note(times.result),
            *_beside(job.data, first, least, quick),
        ])  # fmt: skip
    headers = ["trade", "batch", "each", "median", "target", "of it", ""]
    headers += ["nested", "we are", "", "plain loop", "we are", ""]
    table("benchmarks.phases.trade", headers, lines)
    for folder in (_trade.ICIO, NAFTA):
        if not folder.is_dir():
            print(f"{folder.name} is left out: its data are not at {folder}\n")


def _once_a_world(quick: bool) -> None:
    system = system_of(shipped_world())
    job = Job(lambda: preconditioner.__wrapped__(system), 1)
    times = _timed(job, quick)
    lines = [["9 x 16, preconditioner", show(times.least), show(times.middle)]]
    table("benchmarks.phases.trade", ["once a world", "minimum", "median"], lines)


def _gradients(quick: bool) -> None:
    """Canada's welfare by all tariffs between Canada and the US, in solves of the same batch."""
    lines = []
    loop_took = None
    for batch in (1, QUICK if quick else 1000):
        world, rates = _trade.shipped_pairs(batch)
        weights = np.zeros(len(world.regions))
        weights[world.region("CAN")] = 1.0

        def slopes(of: TradeEquilibrium, weights: _trade.Array = weights) -> list[_trade.Array]:
            found = gradient(of, {"welfare": weights})
            return [found.tariff_on("CAN", "USA"), found.tariff_on("USA", "CAN")]

        solves, gradients = [], []
        for _ in range(4 if quick else 10):  # in turns, so that other work slows both alike
            solved = timed(partial(counterfactual, world, rates), 1, warm=False, clock=process_time)
            by = timed(partial(slopes, solved.result), 1, warm=False, clock=process_time)
            solves.append(solved.least)
            gradients.append(by.least)
        if loop_took is None:
            case = _trade.case_of(world, rates)
            loop = partial(slow.damped, case, SECONDS)
            loop_took = timed(loop, 3, clock=process_time).least
        count = 2 * 2 * len(world.sectors)
        multiple = min(gradients) / min(solves)
        differences = loop_took * (count + 1)
        lines.append([
            f"9 x 16, {batch}", show(min(solves) / batch), show(min(gradients) / batch),
            f"{multiple:.2g} solves", f"{GRADIENT_TARGET} solves",
            f"{multiple / GRADIENT_TARGET:.0%}",
            show(differences), ratio(differences / (min(gradients) / batch)),
        ])  # fmt: skip
    headers = [
        "gradient", "a solve", "a gradient", "that is", "target", "of it",
        f"differences by the plain loop, {count + 1} times one", "we are",
    ]  # fmt: skip
    table("benchmarks.phases.trade", headers, lines)


def _wedges(quick: bool) -> None:
    """Other wedges in solves of plain duties, in turns, so that other work slows both alike."""
    lines = []
    for batch in (1, QUICK if quick else 1000):
        for compiled in (False, True) if batch > 1 and find_spec("numba") else (False,):
            for what, target in WEDGES.items():
                beside = "plain, one side" if what == "a quota" else "plain"
                calls = [_trade.wedges(each, batch, compiled) for each in (beside, what)]
                for call in calls:
                    call()
                turns = range(20 if batch == 1 else 4 if quick else 8)
                found = [
                    [timed(call, 1, warm=False, clock=process_time) for call in calls]
                    for _ in turns
                ]
                plain, here = (min(turn[k].least for turn in found) for k in (0, 1))
                passes = [np.mean(each.result.evaluations) for each in found[-1]]
                lines.append([
                    f"9 x 16, {what}{', compiled' if compiled else ''}", str(batch),
                    show(plain / batch), show(here / batch), f"{here / plain:.2f} solves",
                    f"{target} solves" if target else "", f"{passes[0]:.1f}, {passes[1]:.1f}",
                ])  # fmt: skip
    headers = ["wedges", "batch", "plain duties", "this", "that is", "target", "passes"]
    table("benchmarks.phases.trade", headers, lines)


def _severity(quick: bool) -> None:
    lines = []
    for steep in (False, True):
        jobs = [
            (f"{'everybody' if everybody else 'CAN-USA'}, {rate:.0%}", everybody,
             partial(_trade.severe, rate, everybody, steep))
            for everybody in (False, True) for rate in RATES
        ]  # fmt: skip
        jobs += [
            ("Canada, trade costs times 1000", True, partial(_trade.cut_off, False, steep)),
            ("everybody, trade costs times 1000", True, partial(_trade.cut_off, True, steep)),
        ]
        for name, hard, make in jobs:
            batch = 1 if quick else HARD if hard else SEVERE
            job = make(batch)
            times = timed(job.call, 1, warm=not (quick or hard), clock=process_time)
            found = times.result
            lines.append([
                name, "1 to 65" if steep else "central", str(batch),
                f"{found.evaluations.mean():.1f}", str(found.evaluations.max()),
                f"{found.converged.mean():.0%}", show(times.least / batch),
            ])  # fmt: skip
    headers = ["9 x 16, new rates", "theta", "batch", "passes", "at most", "solved", "each"]
    table("benchmarks.phases.trade", headers, lines)


def main(quick: bool = False) -> None:
    _scenarios(quick)
    _once_a_world(quick)
    _gradients(quick)
    _wedges(quick)
    _severity(quick)


if __name__ == "__main__":
    main()
