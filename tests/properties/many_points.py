"""Random points of a shipped model over all ranges: does any of them crash, or claim too much?

    python -m tests.properties.many_points --count 1000 --studies 30

Each seed draws a point of `canada_us`: a pair of parameters, some of them or all, inside their
ranges or at an end, dotted names and words among them; every third is a small cloud, in which some
parameters are arrays. The point is solved under every threat that takes it, its outcomes and its
packages are worked out, and what is certified is held against its own payoffs. At the first
`--studies` points every command is run as well. A fault is an exception that is no
`NegotiationError`, a refusal of what is inside its range (but of a market that cannot buy as much
as is to be redirected), a certified point that is not finite or
not an equilibrium, a cloud that differs from its points, or an exit code that is not documented.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.canada_us.calibration import CATALOGUE
from negotiation import Case, Model, load_model
from negotiation.cli.console import run as command
from negotiation.errors import ParameterError
from negotiation.model import Kind, Parameter
from negotiation.outcome import evaluate
from negotiation.outcome.outcome import Status
from negotiation.tolerances import REGRET

Array = NDArray[np.float64]

MODEL = "canada_us"

#: Threats that take clouds; `tariff_war` takes half a minute a point and has tests of its own.
THREATS = ("posture", "dispute", "status_quo", "in_force")

#: Schedules by the parameter that takes them.
OWN = {
    f"duties.{posture}": [
        name for name, row in CATALOGUE.rows.items() if (row["imposer"], row["target"]) == ends
    ]
    for ends, postures in {
        ("USA", "CAN"): ("us.keep", "us.escalate"),
        ("CAN", "USA"): ("canada.counter", "canada.retaliate"),
    }.items()
    for posture in postures
}

#: What the model refuses inside its ranges, by the way in which markets are opened.
FULL = {"taste": "cannot buy so much more", "subsidy": "cannot pay such subsidies"}

#: Where a range has no upper end, how far up it is looked: in money, and in anything else.
MONEY, OTHERWISE = 50_000.0, 3.0

#: A cloud and its points one by one: payoffs are good to about 1e-10 of their size.
SAME = 1e-8

#: Commands that take a point; {lever} and {other} are put in.
COMMANDS = (
    "solve {model}",
    "audit {model}",
    "sweep {model} --vary diversification=0:0.4:3",
    "sweep {model} --vary markets=EU27+GBR,all --vary escalation_rate=0.1,0.3",
    "attribute {model}",
    "attribute {model} --by tables --of ncl --threat in_force",
    "attribute {model} --by tables --threat dispute",
    "package {model}",
    "package {model} --threat in_force",
    "threshold {model} --vary escalation_rate=0.1:0.4",
    "map {model} --vary diversification=0:0.4 --vary retaliation_rate=0.05:0.3",
    "credibility {model} --vary diversification=0:0.4",
    "explain {model} ncl.canada",
    "explain {model} walkout.us --threat dispute",
)


def draw(seed: int) -> dict[str, Any]:
    """Draw values by parameter name; every third seed has arrays among them."""
    rng = np.random.default_rng(seed)
    specs = list(load_model(MODEL).parameters().values())
    count = (2, int(rng.integers(3, len(specs))), len(specs))[seed % 7 % 3]
    chosen = [specs[k] for k in rng.permutation(len(specs))[:count]]
    values = {spec.name: _value(spec, rng, ()) for spec in chosen}
    if seed % 3 == 2:
        shapes: list[tuple[int, ...]] = [(), (3,), (2, 1), (1,), (2, 3)]
        for spec in chosen:
            # Labour's elasticity is part of the world's calibration, one at a time.
            if spec.numeric and spec.name != "labour_elasticity":
                values[spec.name] = _value(spec, rng, shapes[int(rng.integers(len(shapes)))])
    return values


def _value(spec: Parameter, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    if spec.many:
        first = "all" if "all" in spec.choices else spec.choices[0]
        words = [word for word in spec.choices if word != first]
        few = rng.permutation(words)[: int(rng.integers(1, len(words) + 1))]
        return first if rng.random() < 0.3 else "+".join(few)
    if spec.choices:
        return str(rng.choice(spec.choices))
    if spec.kind is Kind.BOOLEAN:
        return bool(rng.random() < 0.5)
    if spec.name in OWN:  # a schedule of the catalogue, or the model's own
        return str(rng.choice(["", *OWN[spec.name]]))
    low = 0.0 if spec.low is None else spec.low
    top = spec.upper
    high = (MONEY if "million" in spec.unit else OTHERWISE) if top is None else top
    share = rng.random(shape)
    # Now and then the ends themselves, where the range is closed.
    end = rng.random(shape) < 0.15
    share = np.where(end, np.round(share), share)
    if spec.below is not None:
        share = np.minimum(share, 0.98)
    found = low + share * (high - low)
    return found if shape else float(found)


def settings(values: Mapping[str, Any]) -> list[str]:
    """The point as arguments of a command; of an array its first number."""
    told = []
    for name, value in values.items():
        if value == "":  # the model's own schedule, which is the default
            continue
        text = value if isinstance(value, str) else repr(float(np.asarray(value).flat[0]))
        if isinstance(value, bool):
            text = str(value).lower()
        told += ["--set", f"{name}={text}"]
    return told


@dataclass
class Tally:
    """What was found."""

    statuses: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def fault(self, where: str, what: str) -> None:
        self.faults.setdefault(where, []).append(what)


def examine(seed: int, tally: Tally) -> None:
    """Solve one point, or one cloud, in every way that a study does."""
    values = draw(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            model = load_model(MODEL).build(values)
            for threat in THREATS:
                _check(model, threat, seed, tally)
            packages = model.ask("packages")
            found = packages.payoffs[np.asarray(packages.certified)]
            if not np.isfinite(found).all():
                tally.fault(f"seed {seed}", "certified packages that are not finite")
            if model.batch_shape:
                _one_by_one(model, values, seed, tally)
        except ParameterError as error:
            words = FULL.get(values.get("diversification_by", "taste"))
            if words is None or words not in str(error):
                tally.fault(f"seed {seed}", f"{type(error).__name__}: {error}"[:300])
            else:
                tally.statuses[f"refused: {words}"] += 1
        except Exception as error:
            tally.fault(f"seed {seed}", f"{type(error).__name__}: {error}"[:300])


def _check(model: Model, threat: str, seed: int, tally: Tally) -> None:
    found = evaluate(
        Case(model, threat=threat), marginal=threat == "posture" and not model.batch_shape
    )
    tally.statuses.update(np.asarray(found.status).ravel().tolist())
    known = {each.value for each in Status}
    if not set(np.asarray(found.status).ravel().tolist()) <= known:
        tally.fault(f"seed {seed}", f"a status nobody documented: {found.status}")
    good = np.broadcast_to(found.certified, found.game.batch_shape)
    regret = found.game.regret(found.selection.strategies)
    if not np.isfinite(found.game.payoffs[good]).all() or (regret[good] > REGRET).any():
        tally.fault(f"seed {seed}", f"certified, but no equilibrium ({threat})")
    if not np.isfinite(found.threat.payoffs[good]).all():
        tally.fault(f"seed {seed}", f"certified, but threat point {threat} is not finite")
    if threat == "posture":
        for name, quantity in found.quantities.items():
            if not np.isfinite(quantity.values[good]).all():
                tally.fault(f"seed {seed}", f"certified, but {name} is not finite")


def _one_by_one(model: Model, values: Mapping[str, Any], seed: int, tally: Tally) -> None:
    """Hold the first and the last point of a cloud against the same points alone."""
    whole, shape = model.game().payoffs, model.batch_shape
    for index in (np.unravel_index(k, shape) for k in (0, int(np.prod(shape)) - 1)):
        alone = model.replace(
            {
                name: float(np.broadcast_to(value, shape)[index])
                for name, value in values.items()
                if np.ndim(value)
            }
        )
        single = alone.game().payoffs
        if not np.allclose(whole[index], single, rtol=0, atol=SAME * np.abs(single).max(initial=1)):
            tally.fault(f"seed {seed}", "a cloud differs from its points one by one")


def study(seed: int, tally: Tally, commands: Iterable[str] = COMMANDS) -> None:
    """Run the commands at one point, in this process."""
    at = settings(draw(seed))
    for line in commands:
        words = [*line.format(model=MODEL).split(), *at]
        if words[0] not in ("map", "sweep"):  # they write tables of their own kinds
            words += ["--format", "json"]
        varied = {words[k + 1].partition("=")[0] for k in range(len(words)) if words[k] == "--vary"}
        kept = [k for k in range(len(words)) if words[k] == "--set"]
        for k in reversed(kept):
            if words[k + 1].partition("=")[0] in varied:
                del words[k : k + 2]
        out, err = io.StringIO(), io.StringIO()
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            warnings.simplefilter("error")
            try:
                code = command(words)
                if code == 0 and "--format" in words:
                    json.loads(out.getvalue())
            except Exception as error:
                tally.fault(f"negotiation {' '.join(words)}", f"{type(error).__name__}: {error}")
                continue
        tally.commands[f"{words[0]}: {code}"] += 1
        said = err.getvalue().strip()
        # 1: solved, not certified. 2: refused with a reason, such as nothing at stake.
        if code not in (0, 1, 2) or (code and not said) or "Traceback" in said:
            tally.fault(f"negotiation {' '.join(words)}", f"exit {code}: {said[:300]}")
        elif code == 2:
            tally.commands[f"refused: {said[:110]}"] += 1


def run(seeds: Iterable[int], studies: Iterable[int] = (), *, report_every: float = 0.0) -> Tally:
    """Examine points, and run every command at some; with `report_every`, say how far it is."""
    tally, start = Tally(), time.monotonic()
    said = start
    for what, many in ((examine, seeds), (study, studies)):
        for seed in many:
            what(seed, tally)
            if report_every and time.monotonic() - said > report_every:
                said = time.monotonic()
                print(f"{what.__name__} {seed}: {len(tally.faults)} faults", file=sys.stderr)
    tally.seconds = time.monotonic() - start
    return tally


def table(tally: Tally) -> str:
    """Lay out the tally for reading."""
    lines = [f"{count:>7}  {what}" for what, count in sorted(tally.statuses.items())]
    lines += [f"{count:>7}  {what}" for what, count in sorted(tally.commands.items())]
    lines.append(f"{len(tally.faults)} faults, {tally.seconds:.0f} s")
    lines += [f"  {where}: {'; '.join(what)}" for where, what in tally.faults.items()]
    return "\n".join(lines)


def main() -> int:
    """Run from the command line; 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=1000, help="how many points")
    parser.add_argument("--studies", type=int, default=30, help="at how many all commands are run")
    parser.add_argument("--seed", type=int, default=0, help="the first")
    chosen = parser.parse_args()
    seeds = range(chosen.seed, chosen.seed + chosen.count)
    studies = range(chosen.seed, chosen.seed + chosen.studies)
    tally = run(seeds, studies, report_every=10.0)
    print(table(tally))
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
