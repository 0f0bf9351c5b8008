"""Flows that trade shares, technology and endowments imply: see `World.from_shares`."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError
from negotiation.tolerances import SHARE_SUM, TRADE_RESIDUAL
from negotiation.trade.checks import FINAL, Array, Where, broadcast, component_of, numbers
from negotiation.trade.rates import divisor
from negotiation.trade.solver import solve, worst
from negotiation.trade.sourcing import BLOCK, Shared
from negotiation.trade.system import Scenarios, System, evaluate


def implied(
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    *,
    share: ArrayLike,
    tariff: ArrayLike,
    value_added: ArrayLike,
    final_share: ArrayLike,
    trade_elasticity: ArrayLike,
    input_share: ArrayLike | None,
    transfer: ArrayLike | None,
    tariff_unit: str | None,
) -> dict[str, Any]:
    """Return what `World.from_arrays` needs; see `World.from_shares`."""
    n, s = len(regions), len(sectors)
    where = Where(regions, sectors)
    bought = numbers("share", share)
    if bought.shape == (n, n, s):
        bought = np.stack([bought, bought], axis=-1)
    bought = broadcast("share", bought, (n, n, s, 2))
    where.check("share", bought, low=0.0, axes="insu")
    rate = numbers("tariff", tariff) / divisor(tariff_unit)
    rate = np.broadcast_to(rate[..., None] if rate.shape == (n, n, s) else rate, bought.shape)
    where.check("tariff", rate, above=-1.0, axes="insu")
    where.ask("tariff", rate, tariff_unit, axes="insu")
    made = broadcast("value_added", value_added, (n,))
    alpha = broadcast("final_share", final_share, (n, s))
    where.check("final_share", alpha, low=0.0, axes="rs")
    theta = broadcast("trade_elasticity", trade_elasticity, (s,))
    where.check("trade_elasticity", theta, above=0.0, axes="s")
    a = broadcast("input_share", 0.0 if input_share is None else input_share, (n, s, s))
    where.check("input_share", a, low=0.0, axes="rks")
    received = broadcast("transfer", 0.0 if transfer is None else transfer, (n,))
    paid = 1.0 - a.sum(axis=1)
    where.check("value added share (one less the input shares)", paid, above=0.0, axes="rs")
    for what, total in (
        ("trade shares by origin", bought.sum(axis=0)[..., FINAL]),
        ("final shares by sector", alpha.sum(axis=1)),
    ):
        worst_sum = np.abs(total - 1.0).max()
        if not worst_sum <= SHARE_SUM:
            raise DataError(
                f"{what} sum to 1 only within {worst_sum:.1e}; expected {SHARE_SUM:.0e} or less"
            )
    weight = np.stack([a.sum(axis=2), alpha], axis=-1)  # shares in what nobody buys join nobody
    component = component_of(np.einsum("insu,nsu,n->in", bought, weight, made))
    _check_transfers(regions, component, received, made)
    bought = bought / bought.sum(axis=0)
    alpha = alpha / alpha.sum(axis=1, keepdims=True)

    uses = slice(None) if a.any() else slice(FINAL, None)
    system = System(
        share=np.ascontiguousarray(bought[..., uses].transpose(2, 3, 1, 0)),
        tariff=np.ascontiguousarray(rate[..., uses].transpose(2, 3, 1, 0)),
        theta=np.array(theta),
        value_added_share=np.ascontiguousarray(paid.T),
        final_share=np.ascontiguousarray(alpha.T),
        input_share=np.array(a),
        value_added=np.array(made),
        transfer=np.array(received),
        output=np.ones((s, n)),
        component=component,
        stickiness=0.0,
        linked=bool(a.any()),
    )
    system = _at_demand(system)
    scenarios = Scenarios(system, Shared(system.common, (), BLOCK), system.transfer)
    z, _ = solve(scenarios, 1)
    at = evaluate(scenarios, z)
    gap = float(worst(at)[0])
    if not gap <= TRADE_RESIDUAL:
        raise DataError(
            f"no equilibrium of these shares was found: the largest excess demand stayed at "
            f"{gap:.1e}; check that every region trades and that transfers leave it an income"
        )
    sold = scenarios.sourcing.table(0)[:, 1] * at.draw[:, None, None, :, 0]  # (S, U, n, i)
    sold *= (at.inverse * at.spending)[..., 0][..., None]
    flows = np.zeros(bought.shape)
    flows[..., uses] = sold.transpose(3, 2, 0, 1)
    return {
        "flows": flows,
        "tariff": rate,
        "tariff_unit": "fraction",  # by now
        "trade_elasticity": theta,
        "input_share": a if a.any() else None,
    }


def _check_transfers(
    regions: tuple[str, ...], component: NDArray[np.int64], received: Array, made: Array
) -> None:
    """Refuse transfers that regions receive from nobody."""
    for number in range(int(component.max()) + 1):
        inside = component == number
        total, scale = float(received[inside].sum()), float(made[inside].sum())
        if not abs(total) <= SHARE_SUM * scale:
            codes = [code for code, here in zip(regions, inside, strict=True) if here]
            among = "all regions"
            if not inside.all():
                among = f"{', '.join(codes)}, which trade with nobody else"
                if len(codes) == 1:
                    among = f"{codes[0]}, which trades with nobody"
            raise DataError(
                f"transfer sums to {total:g} over {among}; expected 0, since what one region "
                "receives another pays"
            )


def _at_demand(system: System) -> System:
    """Set the scale of output to what is demanded at the wages of the data.

    Purchases of inputs make the sums converge as fast as value added is a part of cost.
    """
    net = system.share / (1.0 + system.tariff)
    reaches = net.sum(axis=-1)  # (S, U, N)
    kept = (system.final_share * reaches[:, -1]).sum(axis=0)
    output: Array = system.output * 0.0
    spending = np.zeros(reaches.shape)
    for _ in range(500):
        before = output
        earned = system.value_added + system.transfer
        if system.linked:
            spending[:, 0] = np.einsum("nks,sn->kn", system.input_share, output)
            earned = earned + ((1.0 - reaches[:, 0]) * spending[:, 0]).sum(axis=0)
        spending[:, -1] = system.final_share * np.maximum(earned, 0.0) / kept
        output = np.einsum("suni,sun->si", net, spending)
        if np.abs(output - before).max() <= 1e-9 * output.max():
            break
    return dataclasses.replace(system, output=output)
