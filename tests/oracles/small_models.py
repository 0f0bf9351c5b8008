"""Small trade models with known answers: tariffs, enforcement, lock-in and escalation in sequence.

Written as a researcher would write them: what is worth what, as formulas; the package does the
rest. Figures are constructed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.bargaining import Enforcement, enforcement
from negotiation.games import select, solve
from negotiation.games.game import Array

Payoffs = dict[tuple[str, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class ThreeMarkets(Model):
    """Canada sells an endowment in three markets; the United States may tax what it buys.

    Buyers in market k take n_k (1 - p). The rest of the world can be reached in part (theta), at
    the price at home. A specific tariff t drives a wedge between the price in the United States
    and elsewhere. The mirror image of the good is a second one, which the United States sells
    and cannot redirect: there Canada may answer in kind.
    """

    theta: Any = parameter(
        0.0, low=0, unit="share of the market", source="oracle D01", lever_of="canada"
    )
    us_buyers: Any = parameter(1.0, low=0, unit="quantity", source="oracle D01")
    home_buyers: Any = parameter(1.0, low=0, unit="quantity", source="oracle D01")
    other_buyers: Any = parameter(1.0, low=0, unit="quantity", source="oracle D01")
    endowment: Any = parameter(1.0, low=0, unit="quantity", source="oracle D01")
    political_cost: Any = parameter(0.0, low=0, unit="money", source="oracle D02")

    players = ("canada", "us")
    actions = (("comply", "retaliate"), ("refrain", "tax"))
    payoff_unit = "money"
    horizon = "one period"

    def elsewhere(self) -> Any:
        """S: slope of demand outside the United States, and so of export supply to it."""
        return self.home_buyers + self.theta * self.other_buyers

    def optimal_tariff(self) -> Any:
        """t* = n_u e / (S (2 n_u + S)): the inverse elasticity of export supply (Johnson 1953)."""
        s = self.elsewhere()
        return self.us_buyers * self.endowment / (s * (2 * self.us_buyers + s))

    def welfare(self, tariff: Any) -> tuple[Any, Any]:
        """Canada's and the United States' welfare at a specific tariff."""
        n, s = self.us_buyers, self.elsewhere()
        sold = (self.endowment + n * tariff) / (n + s)  # 1 - p where there is no tariff
        imports = n * (sold - tariff)
        canada = self.home_buyers * sold**2 / 2 + self.endowment * (1 - sold)
        return canada, imports**2 / (2 * n) + tariff * imports

    def effects(self) -> tuple[Any, Any]:
        """What the optimal tariff does to Canada's and to the United States' welfare."""
        free, taxed = self.welfare(0.0), self.welfare(self.optimal_tariff())
        return taxed[0] - free[0], taxed[1] - free[1]

    def payoffs(self) -> Payoffs:
        """Changes against free trade."""
        harm, gain = self.effects()
        hurt, won = ThreeMarkets().effects()
        gain = gain - self.political_cost
        return {
            ("comply", "refrain"): (0.0, 0.0),
            ("comply", "tax"): (harm, gain),
            ("retaliate", "refrain"): (won, hurt),
            ("retaliate", "tax"): (harm + won, gain + hurt),
        }

    def free_trade(self) -> Enforcement:
        """What keeps free trade up if breaking it starts a tariff war without end, by side."""
        game = self.game()
        war = select(solve(game)).payoffs
        cooperation = game.payoffs[..., :, 0, 0]
        alone = [game.payoffs[..., 0, 1, 0], game.payoffs[..., 1, 0, 1]]
        return enforcement(cooperation, np.stack(alone, axis=-1), war)


@dataclass(frozen=True)
class LockIn(Model):
    """Canada has sunk a share of its resources into selling to the United States before they talk.

    After McLaren (1997): what makes trade worth more also makes doing without it worth less, and
    investors who each expect free trade do not reckon with the bargain.
    """

    sunk: Any = parameter(
        0.0, low=0, high=1, unit="share of resources", source="oracle D09", lever_of="canada"
    )
    gain: Any = parameter(0.4, low=0, unit="money", source="oracle D09")
    exposure: Any = parameter(1.0, low=0, unit="money", source="oracle D09")

    players = ("canada", "us")
    actions = (("wait",), ("wait",))
    payoff_unit = "money"
    horizon = "one period"

    #: Payoff of either country that never specialised.
    AUTARKY = 1.0

    def payoffs(self) -> Payoffs:
        """Without a deal."""
        return {("wait", "wait"): (self.AUTARKY - self.exposure * self.sunk, self.AUTARKY)}

    def talks(self) -> Talks:
        """Share by money what trade makes of both countries."""
        pie = 2 * self.AUTARKY + self.gain * np.asarray(self.sunk)
        return Talks(self.players, (self.AUTARKY, self.AUTARKY), AgreementSet.money(pie))


@dataclass(frozen=True)
class Escalation(Model):
    """The United States escalates or holds; then Canada gives way or answers."""

    theta: Any = parameter(
        0.0, low=0, high=2, unit="share redirected", source="oracle E06", lever_of="canada"
    )

    players = ("us", "canada")
    actions = (("hold", "escalate"), ("accommodate", "retaliate"))
    payoff_unit = "money"
    horizon = "one period"

    def answer(self) -> Any:
        """Canada's payoff if it answers."""
        return -12.0 + 10.0 * self.theta

    def payoffs(self) -> Payoffs:
        """(United States, Canada)."""
        return {
            ("hold", "accommodate"): (0.0, 0.0),
            ("hold", "retaliate"): (0.0, 0.0),
            ("escalate", "accommodate"): (5.0, -6.0),
            ("escalate", "retaliate"): (-4.0, self.answer()),
        }


@dataclass(frozen=True)
class Demand(Model):
    """The same, but the United States says how much it wants, and asking costs it something."""

    theta: Any = parameter(
        0.0, low=0, high=2, unit="share redirected", source="oracle E07", lever_of="canada"
    )
    demand: Any = parameter(0.0, low=0, unit="money", source="oracle E07", lever_of="us")
    cost: Any = parameter(1.0, low=0, unit="money", source="oracle E07")

    players = ("us", "canada")
    actions = (("hold", "escalate"), ("accommodate", "retaliate"))
    payoff_unit = "money"
    horizon = "one period"

    def acceptable(self) -> Any:
        """The largest demand Canada meets: what answering would cost it."""
        return np.maximum(12.0 - 10.0 * np.asarray(self.theta), 0.0)

    def payoffs(self) -> Payoffs:
        """(United States, Canada)."""
        return {
            ("hold", "accommodate"): (0.0, 0.0),
            ("hold", "retaliate"): (0.0, 0.0),
            ("escalate", "accommodate"): (self.demand - self.cost, -1.0 * self.demand),
            ("escalate", "retaliate"): (-4.0, -12.0 + 10.0 * self.theta),
        }


def crossing(signed: Any, low: float, high: float) -> float:
    """Where a function of one number changes sign, by halving."""
    start = signed(low) > 0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (signed(middle) > 0) == start else (low, middle)
    return (low + high) / 2


def best_of(function: Any, low: float, high: float) -> tuple[float, float]:
    """Largest value of a function of an array, and where: a grid, refined thirty times."""
    for _ in range(30):
        points: NDArray[np.float64] = np.linspace(low, high, 101)
        values: Array = function(points)
        at = int(values.argmax())
        low, high = float(points[max(at - 1, 0)]), float(points[min(at + 1, 100)])
    return float(points[at]), float(values[at])
