"""Models used as they are not meant; every line must be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import negotiation
from negotiation import Case, Model, Quantity, Talks, evaluate, load_model, parameter


@dataclass(frozen=True)
class Small(Model):
    """A model whose fields are known."""

    tariff: float = parameter(0.25, low=0, unit="ad valorem rate", source="invented")
    rounds: int = parameter(3, low=1, unit="rounds", source="invented")


@dataclass(frozen=True)
class Misled(Model):
    """Methods that return something else."""

    tariff: float = parameter(0.25, lower=0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    rounds: int = parameter(3, low="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    date: str = parameter("2025", choices=(2025, 2026))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    def payoffs(self) -> str:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return "many"

    def talks(self) -> int:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return 3

    def outcomes(self) -> dict[str, float]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return {"jobs": 3.0}


def made() -> None:
    Small(tarif=0.1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Small(tariff="a quarter")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Small(rounds=3.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Small(0.1, 3, 4)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    small = Small()
    small.tariff = 0.3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    small.tarif  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    small.replace(["tariff=0.3"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    load_model(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    evaluate(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    evaluate(Case(small, rule=1))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    evaluate(small, rules="pareto")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    evaluate(small).leverage.loss  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    evaluate(small).at_selection(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    evaluate(small).agreements[0]  # type: ignore[index]  # pyright: ignore[reportArgumentType]
    negotiation.evalute  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    Quantity(np.zeros(2))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Talks("a", (0, 0))  # type: ignore[arg-type,call-arg]  # pyright: ignore[reportCallIssue]
