"""Dependence read off a trade table: who sells how much to whom, and what losing it would cost.

Each index is one function. Those that need no tariffs take any flows of a world, (..., N, N, S, 2)
net of tariffs: its own (None) or a counterfactual's, with leading batch axes. The others describe
the world's baseline; `TradeEquilibrium.as_world` makes a baseline of a counterfactual. A share of
nothing is NaN. Value-added indices and the loss from exclusion stand further down.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from negotiation.errors import ParameterError
from negotiation.moved import names_of
from negotiation.trade.assumptions import trade_elasticity
from negotiation.trade.checks import FINAL, INTERMEDIATE, Array
from negotiation.trade.equilibrium import TradeEquilibrium, counterfactual
from negotiation.trade.world import World

__all__ = [
    "Alternatives",
    "DependenceRow",
    "alternatives",
    "content_of_exports",
    "cut_off",
    "exclusion_power",
    "exclusion_power_by_sector",
    "exclusion_power_with_inputs",
    "export_share",
    "export_shares",
    "export_shares_by_sector",
    "import_shares",
    "import_shares_by_sector",
    "partner_concentration",
    "product_concentration",
    "table",
    "value_added_content",
    "value_added_exports",
    "value_added_use",
]


#: What is left of the flows that `cut_off` ends, at unchanged prices. Small enough for welfare to
#: be that of no trade at all to about this number, and no zero, so that a sector with a single
#: seller has a price.
_LEFT = 1e-12


def export_share(
    world: World, flows: Array, origin: str, destination: str, sectors: Sequence[str]
) -> Array:
    """(...) share of `destination` in the exports of `origin`, sectors and uses together.

    Parameters
    ----------
    flows : (..., N, N, S, 2) array
        Baseline or counterfactual sales, net of tariffs.
    """
    chosen = [world.sector(code) for code in sectors]
    home = world.region(origin)
    sold = flows[..., home, :, :, :][..., chosen, :].sum(axis=(-2, -1))
    abroad = np.delete(sold, home, axis=-1).sum(axis=-1)
    return np.asarray(sold[..., world.region(destination)] / abroad)


# --- shares by partner ----------------------------------------------------------------------------


def export_shares(world: World, flows: Array | None = None) -> Array:
    """(..., N, N) share of destination n in the exports of origin i; home is zero."""
    return _shares(_foreign(world, flows).sum(axis=-1), axis=-1)


def export_shares_by_sector(world: World, flows: Array | None = None) -> Array:
    """(..., N, N, S) share of destination n in the exports of sector s of origin i."""
    return _shares(_foreign(world, flows), axis=-2)


def import_shares(world: World, flows: Array | None = None) -> Array:
    """(..., N, N) share of origin i in the imports of destination n, net of tariffs."""
    return _shares(_foreign(world, flows).sum(axis=-1), axis=-2)


def import_shares_by_sector(world: World, flows: Array | None = None) -> Array:
    """(..., N, N, S) share of origin i in the imports of sector s by destination n."""
    return _shares(_foreign(world, flows), axis=-3)


# --- concentration --------------------------------------------------------------------------------


def partner_concentration(
    world: World, flows: Array | None = None, *, of: str = "exports"
) -> Array:
    """(..., N) Hirschman-Herfindahl index over partners: the sum of their squared shares.

    Between 1 / (N - 1), all partners alike, and 1, a single one (Hirschman 1945).

    Parameters
    ----------
    flows : (..., N, N, S, 2) array, optional
    of : {"exports", "imports"}

    Raises
    ------
    ParameterError
        Another word for `of`.
    """
    if _exports(of):
        return np.asarray((export_shares(world, flows) ** 2).sum(axis=-1))
    return np.asarray((import_shares(world, flows) ** 2).sum(axis=-2))


def product_concentration(
    world: World, flows: Array | None = None, *, of: str = "exports"
) -> Array:
    """(..., N) Hirschman-Herfindahl index over sectors, all partners together.

    Between 1 / S and 1. Parameters and errors as in `partner_concentration`.
    """
    traded = _foreign(world, flows).sum(axis=-2 if _exports(of) else -3)
    return np.asarray((_shares(traded, axis=-1) ** 2).sum(axis=-1))


# --- alternatives ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Alternatives:
    """Third markets that could take over what an exporter sells to a partner, by sector.

    Attributes
    ----------
    markets : tuple of str
        Codes of the M third markets.
    cost : (M, S) array
        Log points by which the trade cost to the market would have to fall for it to buy, on top of
        what it buys today, all that the partner buys: 0.1 is about ten percent of the price.
        Infinite where the market buys nothing of the exporter today or is too small; zero where the
        partner buys nothing.
    unserved : (M, S) array
        Spending of the market on the sector, tariffs included, that goes to others than the
        exporter; money.
    best : tuple of str
        S codes: the market with the smallest finite cost, the largest unserved one of equals; empty
        where there is none, or nothing to place.
    """

    markets: tuple[str, ...]
    cost: Array
    unserved: Array
    best: tuple[str, ...]


def alternatives(world: World, exporter: str, partner: str) -> Alternatives:
    """Which third market would most cheaply absorb what a partner buys from an exporter.

    One market at a time, both uses of a sector together, at unchanged spending there and unchanged
    prices of the other suppliers. With pi the exporter's share in the market, pi' the share at
    which it sells the partner's purchases X there too (the market's tariff is paid on them), CES
    demand asks for a fall of the trade cost by::

        [logit(pi') - logit(pi)] / theta,    pi' = pi + (1 + t) X / spending

    so that a market is cheap where the exporter is present, much of the market is still unserved,
    and buyers are sensitive to price (a large theta). `levers.diversification` opens several
    markets at once and takes their size as unlimited.

    Raises
    ------
    ParameterError
        A country that is not in the data, or the same twice.
    """
    home, away = _pair(world, exporter, partner)
    others = [n for n in range(len(world.regions)) if n not in (home, away)]
    placed = world.flows[home, away].sum(axis=-1)  # (S,)
    paid = world.flows[home] * (1.0 + world.tariff[home])
    sold, taxed = world.flows[home, others].sum(axis=-1), paid[others].sum(axis=-1)
    spending = world.spending[others].sum(axis=-1)
    present = sold > 0.0
    tax = np.divide(taxed, sold, out=np.ones_like(sold), where=present)  # 1 + mean rate
    unserved = np.maximum(spending - taxed, 0.0)
    left = unserved - tax * placed  # spending still with others afterwards
    fits = present & (left > 0.0)
    grown = np.where(fits, (1.0 + placed * tax / np.where(fits, taxed, 1.0)), 1.0)
    shrunk = np.where(fits, unserved / np.where(fits, left, 1.0), 1.0)
    cost = np.where(fits, np.log(grown * shrunk) / world.trade_elasticity, np.inf)
    cost = np.where(placed > 0.0, cost, 0.0)
    best = []
    for s in range(len(world.sectors)):
        order = sorted(range(len(others)), key=lambda m: (cost[m, s], -unserved[m, s]))
        found = bool(order) and placed[s] > 0.0 and np.isfinite(cost[order[0], s])
        best.append(world.regions[others[order[0]]] if found else "")
    return Alternatives(
        markets=tuple(world.regions[n] for n in others),
        cost=np.asarray(cost),
        unserved=np.asarray(unserved),
        best=tuple(best),
    )


# --- all of it, for one country and one partner ---------------------------------------------------


@dataclasses.dataclass(frozen=True)
class DependenceRow:
    """Dependence of a country on a partner in one sector; money of the data, shares as fractions.

    In the last row, `all`, everything is for the whole economy.

    Attributes
    ----------
    sector : str
    exports, imports : float
        To and from the partner, net of tariffs.
    export_share, import_share : float
        Of the partner in the country's exports and imports of the sector.
    export_concentration : float
        Hirschman-Herfindahl index over the country's export partners in the sector.
    domestic_content : float
        Value added of the country per unit of its exports to the partner.
    exclusion : float
        Log points of income that the country would lose if the partner stopped selling, at
        unchanged costs and without inputs: L6, or its part from the sector.
    alternative : str
        Third market that could most cheaply take over the exports; empty where there is none.
    alternative_cost : float
        Log points by which the trade cost there would have to fall; NaN in the last row.
    """

    sector: str
    exports: float
    imports: float
    export_share: float
    import_share: float
    export_concentration: float
    domestic_content: float
    exclusion: float
    alternative: str
    alternative_cost: float


def table(world: World, country: str, partner: str) -> tuple[DependenceRow, ...]:
    """Dependence of a country on a partner: a row for each sector, and one for `all`.

    Raises
    ------
    ParameterError
        A country that is not in the data, or the same twice.
    """
    home, away = _pair(world, country, partner)
    foreign = _foreign(world, None)
    exports, imports = foreign[home, away], foreign[away, home]
    sold = export_shares_by_sector(world)[home]
    bought = import_shares_by_sector(world)[away, home]
    content = value_added_content(world)[home, home]
    loss = exclusion_power_by_sector(world)[away, home]
    other = alternatives(world, country, partner)
    rows = []
    for s, code in enumerate(world.sectors):
        chosen = other.best[s]
        cost = other.cost[other.markets.index(chosen), s] if chosen else np.nan
        rows.append(
            DependenceRow(
                sector=code,
                exports=float(exports[s]),
                imports=float(imports[s]),
                export_share=float(sold[away, s]),
                import_share=float(bought[s]),
                export_concentration=float((sold[:, s] ** 2).sum()),
                domestic_content=float(content[s]),
                exclusion=float(loss[s]),
                alternative=chosen,
                alternative_cost=float(cost),
            )
        )
    total = float(exports.sum())
    rows.append(
        DependenceRow(
            sector="all",
            exports=total,
            imports=float(imports.sum()),
            export_share=float(export_shares(world)[home, away]),
            import_share=float(import_shares(world)[away, home]),
            export_concentration=float(partner_concentration(world)[home]),
            domestic_content=float(content @ exports / total) if total else np.nan,
            exclusion=float(loss.sum()),
            alternative="",
            alternative_cost=np.nan,
        )
    )
    return tuple(rows)


# --- parts ----------------------------------------------------------------------------------------


def _foreign(world: World, flows: Array | None) -> Array:
    """(..., N, N, S) sales abroad, both uses together; zero at home."""
    given = _flows(world, flows)
    abroad = ~np.eye(len(world.regions), dtype=bool)[..., None]
    return np.asarray(np.where(abroad, given.sum(axis=-1), 0.0))


def _shares(traded: Array, axis: int) -> Array:
    total = traded.sum(axis=axis, keepdims=True)
    return np.asarray(np.where(total > 0.0, traded / np.where(total > 0.0, total, 1.0), np.nan))


def _exports(of: str) -> bool:
    if of not in ("exports", "imports"):
        raise ParameterError(f"of is '{of}'; choose exports or imports")
    return of == "exports"


def _pair(world: World, one: str, other: str) -> tuple[int, int]:
    if one == other:
        raise ParameterError(f"'{one}' is given twice; dependence is between two countries")
    return world.region(one), world.region(other)


# --- value added in trade -------------------------------------------------------------------------


def value_added_content(world: World, flows: Array | None = None) -> Array:
    """(..., N, N, S) value added of region j in a unit of output of sector s of region i.

    v' (I - A)^-1 region by region (Johnson and Noguera 2012; Koopman, Wang and Wei 2014). Over j
    the sum is one, less what is paid in tariffs on inputs.

    A[(i,k),(n,s)], the value of inputs k from i in a unit of output s of n net of tariffs, is the
    share of i in n's purchases of k times `input_share[n,k,s]`. Value added is measured per unit of
    output, so tariffs are a part of their own: they go to treasuries, not to factors.
    """
    given = _flows(world, flows)
    n, s = len(world.regions), len(world.sectors)
    batch = given.shape[:-4]
    own = np.zeros((n, n, s))  # [value added of j, in output of i, s], direct
    own[np.arange(n), np.arange(n)] = world.value_added_share
    if not world.linked:
        return np.broadcast_to(own, (*batch, n, n, s)).copy()
    output = given.sum(axis=(-3, -1))
    bought = np.einsum("nks,...ns->...nk", world.input_share, output)  # tariffs included
    share = given[..., INTERMEDIATE] / np.where(bought > 0.0, bought, 1.0)[..., None, :, :]
    use = share[..., None] * world.input_share  # [i, n, k, s]
    use = np.swapaxes(use, -3, -2).reshape(*batch, n * s, n * s)  # [(i, k), (n, s)]
    system = np.eye(n * s) - np.swapaxes(use, -2, -1)
    content = np.linalg.solve(system, np.broadcast_to(own.reshape(n, -1).T, (*batch, n * s, n)))
    return np.asarray(np.swapaxes(content, -2, -1).reshape(*batch, n, n, s))


def content_of_exports(world: World, flows: Array | None = None) -> Array:
    """(..., N, N) value added of region j in the exports of region i, money.

    The diagonal is domestic content, the rest of a column foreign content (Koopman, Wang and Wei
    2014). Columns sum to exports, less tariffs paid on the inputs in them. Value added that crosses
    a border twice is counted twice, as exports count it.
    """
    given = _flows(world, flows)
    abroad = ~np.eye(len(world.regions), dtype=bool)[:, :, None, None]
    exports = np.where(abroad, given, 0.0).sum(axis=(-3, -1))  # (..., i, s)
    return np.asarray(np.einsum("...jis,...is->...ji", value_added_content(world, flows), exports))


def value_added_use(world: World, flows: Array | None = None) -> Array:
    """(..., N, N) value added of region j in the final purchases of region n, money.

    Rows sum to value added of j: all of it is absorbed somewhere, net of tariffs on the way
    (Johnson and Noguera 2012).
    """
    given = _flows(world, flows)
    content = value_added_content(world, flows)
    return np.asarray(np.einsum("...jis,...ins->...jn", content, given[..., FINAL]))


def value_added_exports(world: World, flows: Array | None = None) -> Array:
    """(..., N) value added of a region absorbed abroad, money (Johnson and Noguera 2012).

    Against gross exports this is their VAX ratio.
    """
    use = value_added_use(world, flows)
    return np.asarray(use.sum(axis=-1) - np.diagonal(use, axis1=-2, axis2=-1))


def _flows(world: World, flows: Array | None) -> Array:
    return world.flows if flows is None else np.asarray(flows, dtype=float)


# --- what a country would lose if a seller were cut off -------------------------------------------


def exclusion_power(world: World) -> Array:
    """(N, N) log points of real income that n would lose without seller j: the score L6.

    The sum of `exclusion_power_by_sector` over sectors::

        L6[j, n] = sum_s beta_ns / theta_s * (-ln(1 - omega_jns))

    with beta the share of sector s in the final expenditure of n and omega the share of j in the
    final purchases of s by n, both with tariffs. This is the rise of the consumer price index of n
    when j is taken from the choice of sellers and costs elsewhere stay (Arkolakis, Costinot and
    Rodriguez-Clare 2012, with 1 - omega in place of the share of home). Purchases of inputs are
    left out; `exclusion_power_with_inputs` has them.

    The exact loss, -ln of the welfare of n in `cut_off`, differs because inputs are lost too, wages
    and costs adjust, tariff revenue on the lost imports goes, and n's own sales to j do not stay as
    they are. Infinite where n buys a sector from j only; the diagonal is NaN.
    """
    return np.asarray(exclusion_power_by_sector(world).sum(axis=-1))


def exclusion_power_by_sector(world: World, elasticity: ArrayLike | None = None) -> Array:
    """(..., N, N, S) parts of `exclusion_power` [j, n] from each sector; they sum to it.

    Parameters
    ----------
    elasticity : (..., S) array, optional
        Trade elasticities by scenario, in place of those of the world.
    """
    dearer = _dearer(world)[..., FINAL]
    if elasticity is not None:
        theta = trade_elasticity(world, elasticity)[..., None, None, :]
        dearer = dearer * world.trade_elasticity / theta
    return _weighted(world.final_share, dearer)


def exclusion_power_with_inputs(world: World) -> Array:
    """(N, N) log points of real income that n would lose without seller j, inputs counted.

    As `exclusion_power`, but the rise of input prices is passed on through the input-output links
    of n: with d_su = -ln(1 - omega_su) / theta_s for either use, unit costs rise by the solution of
    c_s = sum_k a_ks (c_k + d_k,intermediate) and the loss is sum_s alpha_s (c_s + d_s,final)
    (Costinot and Rodriguez-Clare 2014, with tradable intermediate goods).

    All other sellers' prices are taken to rise with those of home. Where j is the only other
    region, trade is balanced and there are no tariffs, the loss is that of autarky and exact.
    Infinite where n depends on a sector that it buys from j only; the diagonal is NaN.
    """
    dearer = _dearer(world)
    # Weight of input prices in the consumer prices of n, through all stages.
    stages = np.eye(len(world.sectors)) - world.input_share
    passed = np.linalg.solve(stages, world.final_share[..., None])
    inputs = np.matmul(world.input_share, passed)[..., 0]  # (n, input)
    lost = _weighted(inputs, dearer[..., INTERMEDIATE])
    lost = lost + _weighted(world.final_share, dearer[..., FINAL])
    return np.asarray(lost.sum(axis=-1))


def cut_off(
    world: World,
    buyer: str,
    seller: str,
    *,
    both_ways: bool = False,
    closure: str = "transfers",
) -> TradeEquilibrium:
    """Solve the trade equilibrium in which a buyer buys nothing more from a seller.

    The trade cost of each of these flows is so high that, at unchanged prices, 1e-12 of it is left.
    -ln of the buyer's `welfare` is the exact loss that `exclusion_power` approximates.

    Parameters
    ----------
    buyer, seller : str
        Codes.
    both_ways : bool
        End the buyer's sales to the seller too.
    closure : str
        As in `counterfactual`.

    Raises
    ------
    ParameterError
        A country that is not in the data, or the same twice.
    """
    if buyer == seller:
        raise ParameterError(f"'{buyer}' is given twice; name a buyer and another seller")
    prohibitive = (_LEFT ** (-1.0 / world.trade_elasticity))[:, None]
    cost = {(seller, buyer): prohibitive}
    if both_ways:
        cost[buyer, seller] = prohibitive
    return counterfactual(world, trade_cost=cost, closure=closure)


def _dearer(world: World) -> Array:
    """(N, N, S, 2) log rise of the price index of n in each sector and use without seller j.

    NaN for j = n: a country does not exclude itself.
    """
    with np.errstate(divide="ignore"):
        dearer = -np.log1p(-np.minimum(world.share, 1.0)) / world.trade_elasticity[:, None]
    dearer[np.arange(len(dearer)), np.arange(len(dearer))] = np.nan
    return np.asarray(dearer)


def _weighted(share: Array, lost: Array) -> Array:
    """Share (N, S) times loss (N, N, S); an infinite loss of what is not bought is none."""
    counted = np.where((share > 0.0) | np.isnan(lost), lost, 0.0)
    return np.asarray(share * counted)


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
