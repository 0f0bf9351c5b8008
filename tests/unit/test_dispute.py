"""The dispute while it lasts, beside a breakdown: columns, signals, threats, by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.testing import assert_allclose

from negotiation import AgreementSet, Case, Model, Talks, evaluate, load_model, parameter
from negotiation.model import Quantity
from negotiation.outcome.columns import columns
from negotiation.outcome.dispute import breaks_off, observed_profile, yields
from negotiation.regimes.signal import BREAK_OFF, YIELDS, SignalUse, signals_of
from negotiation.regimes.thresholds.threshold import thresholds
from negotiation.report import credibility as report
from negotiation.report.render import render
from negotiation.study import sweep
from negotiation.study.credibility.claims import BREAK_OFF as BREAKS
from negotiation.study.credibility.claims import YIELD, Claim, margins
from negotiation.study.credibility.credibility import credibility


@dataclass(frozen=True)
class Quarrel(Model):
    """Both escalate once talks fail; the weak side gives way where that costs it less than x."""

    x: Any = parameter(1.0, low=0, high=10, unit="US$", source="test", lever_of="weak")

    players = ("weak", "strong")
    actions = (("bow", "stand", "hit"), ("spare", "strike"))
    observed = ("stand", "spare")
    harshest = {"weak": "hit", "strong": "strike"}  # noqa: RUF012 - as an author writes it
    softest = {"weak": "bow", "strong": "spare"}  # noqa: RUF012
    headline = {"trade": "trade"}  # noqa: RUF012

    def payoffs(self) -> Any:
        # Rows: bow, stand, hit; columns: spare, strike.
        weak = [[0.0, -4.0], [0.0, -7.0], [1.0, -5.0 + self.x]]
        strong = [[0.0, 3.0], [0.0, 2.0], [-8.0, -6.0]]
        return {
            (a, b): (weak[i][j], strong[i][j])
            for i, a in enumerate(self.actions[0])
            for j, b in enumerate(self.actions[1])
        }

    def talks(self) -> Talks:
        return Talks(
            self.players,
            status_quo=(0.0, 0.0),
            agreement=AgreementSet.money(0.0),
            inside=(-3.0, -1.0),
        )

    def outcomes(self) -> dict[str, Quantity]:
        cells = np.arange(6.0).reshape(3, 2)
        return {"trade": Quantity(np.broadcast_to(cells, (*self.batch_shape, 3, 2)), "US$", "sold")}


class Plain(Quarrel):
    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


def test_columns_tell_of_the_dispute_and_of_a_breakdown_side_by_side() -> None:
    """hit/strike: -4 + e and -6; inside -3 and -1; money: half of the difference is conceded."""
    point = Quarrel(x=1.5)
    found = columns(evaluate(point))
    told = {name: float(found[name].values) for name in found if found[name].values.dtype == float}
    assert told["payoff_weak"] == -3.5
    assert (told["inside_weak"], told["inside_strong"]) == (-3.0, -1.0)
    assert told["delta_inside_weak"] == pytest.approx((-3.0 + 1.0) / 2)
    assert told["delta_breakdown_weak"] == pytest.approx((-3.5 + 6.0) / 2)
    assert told["delta_breakdown_strong"] == pytest.approx((6.0 - 6.0 - 2.5) / 2)
    assert (told["break_off_weak"], told["break_off_strong"]) == (-0.5, -5.0)
    # Where the strong side strikes, bowing gives -4, the best other reply -3.5; where the weak
    # side hits, sparing gives -8 and striking -6.
    assert (told["yields_weak"], told["yields_strong"]) == (-0.5, -2.0)
    assert told["trade"] == 5.0  # hit/strike
    assert told["trade_inside"] == 2.0  # stand/spare
    assert observed_profile(evaluate(point)) == (1, 0)
    # The threat that was asked for moves neither.
    other = columns(evaluate(Case(point, threat="status_quo")))
    for name in ("inside_weak", "delta_inside_weak", "delta_breakdown_weak", "break_off_weak"):
        assert float(other[name].values) == told[name]


def test_without_inside_options_there_is_nothing_of_a_dispute() -> None:
    outcome = evaluate(Plain())
    assert not [name for name in columns(outcome) if "inside" in name and "trade" not in name]
    assert np.isnan(breaks_off(outcome, 0))
    talks = outcome.talks
    for use in SignalUse:
        names = {each.name for each in signals_of(Plain(), use, talks)}
        assert not names & {BREAK_OFF, YIELDS}
    assert not [claim for claim in margins(outcome) if claim.kind in (BREAKS, YIELD)]


def test_more_than_two_sides_and_unnamed_actions_have_nobody_who_yields() -> None:
    class Unnamed(Quarrel):
        harshest: ClassVar[Any] = {}

    outcome = evaluate(Unnamed())
    assert yields(outcome, 0) is None
    assert "yields_weak" not in columns(outcome)
    assert float(columns(outcome)["break_off_weak"].values) == -1.0
    names = {each.name for each in signals_of(outcome.model, SignalUse.SWEEP, outcome.talks)}
    assert BREAK_OFF in names
    assert YIELDS not in names


def test_thresholds_find_where_a_side_would_rather_break_off_and_no_longer_gives_way() -> None:
    found = thresholds(Quarrel, "x=0:5")
    places = [
        (change.kind, change.subject, event.value)
        for event in found.events
        for change in event.changes
    ]

    def at(kind: str, side: str) -> list[float]:
        return [value for each, who, value in places if each == kind and side in who]

    # -5 + x above -3: the weak side rather has a breakdown; above -4: hitting back is better than
    # bowing. Below that it bows once talks have failed, which the strong side likes better.
    assert_allclose(at(BREAK_OFF, "weak"), [2.0], atol=1e-9)
    assert_allclose(at(BREAK_OFF, "strong"), [1.0], atol=1e-9)
    assert_allclose(at(YIELDS, "weak"), [1.0], atol=1e-9)
    assert not at(YIELDS, "strong")


def test_a_sweep_follows_both() -> None:
    data = sweep(Quarrel, {"x": [0.0, 1.5, 3.0]})
    assert_allclose(data["break_off_weak"], [-1.0, -0.5, 1.0])
    assert_allclose(data["yields_weak"], [1.0, -0.5, -2.0])


@pytest.mark.parametrize(
    ("x", "breaks", "bows"), [(0.5, False, True), (1.5, False, False), (3.0, True, False)]
)
def test_threats_to_break_off_and_to_make_the_other_yield(
    x: float, breaks: bool, bows: bool
) -> None:
    found = margins(evaluate(Quarrel(x=x)))
    weak = found[Claim(BREAKS, "weak")]
    assert (float(weak) > 0.0) == breaks
    assert (float(found[Claim(BREAKS, "strong")]) > 0.0) == bows
    # The strong side's threat to strike makes the weak one bow.
    assert (float(found[Claim(YIELD, "strong", "strike")]) > 0.0) == bows
    assert float(found[Claim(YIELD, "weak", "hit")]) < 0.0


def test_the_shipped_model_tells_of_both_worlds_by_default() -> None:
    """First figures: 8.6 and 2.1 bn in the dispute, 18.6 and 9.6 once it has broken down."""
    data = sweep("canada_us", {"diversification": [0.0, 0.1]})
    first = data.isel(diversification=0)
    for name, billion in {
        "inside_canada": -8.6,
        "inside_us": -2.1,
        "payoff_canada": -18.6,
        "payoff_us": -9.6,
    }.items():
        assert float(first[name]) / 1e3 == pytest.approx(billion, abs=0.05)
    assert float(first["us_share_of_goods_exports_inside"]) == pytest.approx(0.676, abs=5e-4)
    assert float(first["us_share_of_goods_exports"]) == pytest.approx(0.575, abs=5e-4)
    for start, low, high in (("inside", "inside", "inside"), ("breakdown", "payoff", "payoff")):
        half = (first[f"{low}_canada"] - first[f"{high}_us"]) / 2
        assert float(first[f"delta_{start}_canada"]) == pytest.approx(float(half))
    model: Any = load_model("canada_us")()
    payoffs = model.payoffs()
    # Canada's best other reply to an escalation; the US's to retaliation.
    assert float(first["yields_canada"]) == pytest.approx(
        payoffs[0, 0, 2] - max(payoffs[0, 1:, 2]), abs=1e-3
    )
    assert float(first["yields_us"]) == pytest.approx(
        payoffs[1, 2, 0] - max(payoffs[1, 2, 1:]), abs=1e-3
    )


@pytest.mark.parametrize(
    ("x", "sentences"),
    [
        (0.5, ["strong to break off the dispute is credible: it would gain 4.000"]),
        (1.0, ["so that weak will bow is credible: giving way is as good for weak as its best"]),
        (
            1.5,
            [
                "weak to break off the dispute is not credible: it would lose 0.5000",
                "so that weak will bow is not credible: giving way is 0.5000 worse for weak than",
                "so that strong will spare is not credible: giving way is 2.000 worse for strong",
            ],
        ),
        (2.0, ["weak to break off the dispute is not credible: it would neither gain nor lose"]),
    ],
)
def test_threats_of_a_dispute_are_told_with_who_gives_way(x: float, sentences: list[str]) -> None:
    told = " ".join(render(report.document(credibility(Quarrel(x=x))), "table").split())
    for each in sentences:
        assert each in told, told
