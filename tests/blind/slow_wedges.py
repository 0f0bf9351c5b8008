"""Trade equilibria with every kind of wedge: slow, plain, and written from the equations alone.

The reference that `negotiation.trade` is compared with where duties cover parts of trade, exporters
tax, rents are shared, quotas bind, tastes shift or a factor is specific. It was written from the
description of the model without reading the program and shares no code with it; it needs NumPy.

One Newton iteration on prices of intermediates, output and income of every region at once, with a
dense exact Jacobian (complex steps). Quotas: every combination of `slack`, `binding` and `exceeded`
is solved, and kept where its inequalities hold.

Conventions where the description leaves a choice (D: decided by the published oracles; C: chosen):

1. (D) Welfare is income over the price index whose expenditure shares are the shifted ones, also
   where tastes shift. Income is value added, what is collected, and transfers.
2. (D) `psi` of diversification goes by sector and use: sales to the market that is left over sales
   to all markets together, of the same use.
3. (D) Import revenue of a region counts duties and the rents that it keeps; subsidies are negative
   export revenue.
4. (D) Escalation leaves electricity alone: "goods" are the sectors other than ELY, CNS and SRV.
5. (C) Duties of several schedules are additive rates on the price that includes the export tax.
   The wedge of a quota comes on top of all duties on its cells: one that does not bind is no quota.
   A rent multiplies the price on top of all of them.
6. (C) Where schedules carry a part of the same name, the smaller of the two shares is the same
   goods, and what remains of both crosses in proportion. The remainder `rest` is no such name.
7. (C) Volume under a quota is what leaves the border of origin: sales at producer prices over c-hat
   (trade costs are not taken off), added up in baseline dollars.
8. (C) Wages of a region are its income from labour per worker: the Roy-Frechet factor where labour
   is not mobile.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Pair = tuple[int, int]  # origin, destination

INTERMEDIATE, FINAL = 0, 1


# --- the economy ----------------------------------------------------------------------------------


@dataclass(eq=False)
class Economy:
    """Baseline accounts. Indices: i origin, n destination, s sector, k input, u use."""

    flows: Array  # (i, n, s, u), producer prices
    tariff: Array  # (i, n, s, u)
    theta: Array  # (s,)
    input_share: Array  # (i, k, s), rescaled so that intermediate spending balances
    specific_share: Array  # (i, s), share of value added
    labour_elasticity: float = np.inf
    regions: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n, s = len(self.flows), len(self.theta)
        self.spending = self.flows * (1 + self.tariff)
        by_market = self.spending.sum(0, keepdims=True)
        self.pi = np.divide(
            self.spending, by_market, out=np.zeros_like(self.spending), where=by_market > 0
        )
        self.bought = by_market[0] > 0  # (n, s, u)
        self.output = self.flows.sum((1, 3))  # (i, s)
        needed = np.einsum("nks,ns->nk", self.input_share, self.output)
        spent = self.spending[..., INTERMEDIATE].sum(0)
        self.input_share = (
            self.input_share
            * np.divide(spent, needed, out=np.zeros_like(spent), where=needed > 0)[:, :, None]
        )
        self.value_added_share = 1 - self.input_share.sum(1)  # (i, s)
        self.value_added = self.value_added_share * self.output
        self.labour_income = (1 - self.specific_share) * self.value_added
        revenue = (self.tariff * self.flows).sum((0, 2, 3))
        self.final = self.spending[..., FINAL].sum(0)  # (n, s)
        self.income = self.final.sum(1)
        self.alpha = self.final / self.income[:, None]
        self.transfer = self.income - self.value_added.sum(1) - revenue
        self.regions = self.regions or tuple(f"R{i}" for i in range(n))
        self.sectors = self.sectors or tuple(f"S{k}" for k in range(s))

    def region(self, code: str) -> int:
        return self.regions.index(code)

    def of_sectors(self, codes: Iterable[str]) -> Array:
        """1 in the named sectors, 0 elsewhere, (S, 1)."""
        chosen = set(codes)
        return np.array([[float(code in chosen)] for code in self.sectors])

    @classmethod
    def read(
        cls,
        folder: Path,
        elasticity: str,
        *,
        flows: str = "flows.csv",
        specific: Mapping[str, float] | None = None,
        labour_elasticity: float = np.inf,
    ) -> Economy:
        """The economy of a folder of tables; `specific` by sector, the same in every region."""

        def rows(name: str) -> list[dict[str, str]]:
            with (folder / name).open(encoding="utf-8") as file:
                return list(csv.DictReader(file))

        regions = tuple(row["region"] for row in rows("regions.csv"))
        by_sector = {row["sector"]: row for row in rows("sectors.csv")}
        sectors = tuple(by_sector)
        n, s = len(regions), len(sectors)
        sales, tariff = np.zeros((n, n, s, 2)), np.zeros((n, n, s, 2))
        for row in rows(flows):
            cell = (
                regions.index(row["origin"]),
                regions.index(row["destination"]),
                sectors.index(row["sector"]),
            )
            sales[cell] = float(row["intermediate_usd_m"]), float(row["final_usd_m"])
            tariff[cell] = float(row["tariff"])
        inputs = np.zeros((n, s, s))
        for row in rows("input_coefficients.csv"):
            place = (
                regions.index(row["region"]),
                sectors.index(row["input_sector"]),
                sectors.index(row["using_sector"]),
            )
            inputs[place] = float(row["coefficient"])
        share = np.array([(specific or {}).get(sector, 0.0) for sector in sectors])
        return cls(
            sales,
            tariff,
            np.array([float(row[elasticity]) for row in by_sector.values()]),
            inputs,
            np.broadcast_to(share, (n, s)).copy(),
            labour_elasticity,
            regions,
            sectors,
        )


# --- wedges ---------------------------------------------------------------------------------------


class Part(NamedTuple):
    """A part of the trade of one pair: its share of every cell's spending, and its rate there."""

    share: Array  # broadcastable to (S, 2)
    rate: Array  # the same; additional to the treaty rate


#: Parts by name. Shares of a cell add to one; what is not listed has rate zero.
Coverage = Mapping[str, Part]

REST = "rest"


def whole(rate: Array | float) -> dict[str, Part]:
    """One rate on all the trade of a pair."""
    return {REST: Part(np.ones(1), np.asarray(rate, dtype=float))}


def at_least(coverage: Coverage, rate: Array | float) -> dict[str, Part]:
    """Every part at the higher of its own rate and `rate`."""
    return {name: Part(part.share, np.maximum(part.rate, rate)) for name, part in coverage.items()}


class Piece(NamedTuple):
    """A part of one cell after all schedules have crossed there."""

    names: frozenset[str]
    share: float
    duty: float
    export_tax: float


def _crossed(pieces: list[Piece], parts: Mapping[str, tuple[float, float, float]]) -> list[Piece]:
    """The pieces of a cell, cut by one more schedule: parts as (share, duty, export tax)."""
    left = [piece.share for piece in pieces]
    remaining = {name: share for name, (share, _, _) in parts.items()}
    result = []

    def add(place: int, name: str, share: float) -> None:
        old = pieces[place]
        _, duty, tax = parts[name]
        names = old.names if name == REST else old.names | {name}
        result.append(Piece(names, share, old.duty + duty, old.export_tax + tax))

    for name in parts:
        same = [place for place, piece in enumerate(pieces) if name in piece.names]
        covered = sum(left[place] for place in same)
        if name == REST or covered <= 0:
            continue
        common = min(covered, remaining[name])
        for place in same:
            share = left[place] * common / covered
            add(place, name, share)
            left[place] -= share
        remaining[name] -= common
    total = sum(left)
    if total > 1e-14:
        for place, name in itertools.product(range(len(pieces)), parts):
            add(place, name, left[place] * remaining[name] / total)
    return [piece for piece in result if piece.share > 0]


@dataclass(eq=False)
class Quota:
    """At most `limit` times the baseline volume pays `inside`; what passes it pays `over`.

    Both come on top of all other duties on the cells.
    """

    origin: int
    destination: int
    sectors: Sequence[int]
    limit: float
    inside: float = 0.0
    over: float = np.inf
    rent_share: float = 1.0  # of the destination
    uses: Sequence[int] = (INTERMEDIATE, FINAL)

    def cells(self) -> list[tuple[int, int, int, int]]:
        return [
            (self.origin, self.destination, s, u)
            for s, u in itertools.product(self.sectors, self.uses)
        ]


@dataclass(eq=False)
class Wedges:
    """Everything that stands between buyers and producers, additional to the baseline."""

    duties: Sequence[Mapping[Pair, Coverage]] = ()  # one mapping for each schedule
    export_taxes: Sequence[Mapping[Pair, Coverage]] = ()
    rent: Mapping[Pair, Array] = field(default_factory=dict)  # buyers pay 1 + r times as much
    rent_share: float = 1.0  # of the destination
    trade_cost: Mapping[Pair, Array] = field(default_factory=dict)
    taste: Mapping[Pair, Array] = field(default_factory=dict)  # odds
    quotas: Sequence[Quota] = ()


@dataclass(eq=False)
class Cells:
    """Wedges packed by cell, before quotas: parts (K, i, n, s, u), the rest (i, n, s, u)."""

    share: Array
    duty: Array
    export_tax: Array
    rent: Array
    trade_cost: Array
    pi: Array

    @classmethod
    def of(cls, economy: Economy, wedges: Wedges) -> Cells:
        shape = economy.flows.shape
        s = shape[2]
        pieces: dict[tuple[int, ...], list[Piece]] = {
            cell: [Piece(frozenset(), 1.0, float(economy.tariff[cell]), 0.0)]
            for cell in np.ndindex(shape)
        }
        for schedules, taxed in ((wedges.duties, False), (wedges.export_taxes, True)):
            for pair, coverage in (item for schedule in schedules for item in schedule.items()):
                full = {
                    name: (np.broadcast_to(share, (s, 2)), np.broadcast_to(rate, (s, 2)))
                    for name, (share, rate) in coverage.items()
                }
                for place in np.ndindex(s, 2):
                    parts = {
                        name: (float(share[place]), 0.0, float(rate[place]))
                        if taxed
                        else (float(share[place]), float(rate[place]), 0.0)
                        for name, (share, rate) in full.items()
                        if share[place] > 0
                    }
                    assert abs(sum(part[0] for part in parts.values()) - 1) < 1e-8
                    pieces[*pair, *place] = _crossed(pieces[*pair, *place], parts)
        most = max(len(found) for found in pieces.values())
        share, duty, tax = np.zeros((3, most, *shape))
        for cell, found in pieces.items():
            for k, piece in enumerate(found):
                share[k, *cell] = piece.share
                duty[k, *cell] = piece.duty
                tax[k, *cell] = piece.export_tax
        rent, cost, odds = np.zeros(shape), np.ones(shape), np.ones(shape)
        for target, given in ((rent, wedges.rent), (cost, wedges.trade_cost), (odds, wedges.taste)):
            for pair, values in given.items():
                target[pair] = values
        pi = economy.pi * odds
        total = pi.sum(0, keepdims=True)
        pi = np.divide(pi, total, out=np.zeros_like(pi), where=total > 0)
        return cls(share, duty, tax, rent, cost, pi)


# --- the system of equations ----------------------------------------------------------------------


@dataclass(eq=False)
class State:
    """Everything that follows from prices of intermediates, output, income and quota wedges."""

    wages: Array  # (i,), per worker
    price: Array  # (n, s, u)
    cost: Array  # (i, s)
    output: Array  # (i, s)
    income: Array  # (n,)
    flows: Array  # (i, n, s, u), producer prices
    import_duty: Array  # (n,), quota rents that stay left out
    rent_of_destination: Array  # (n,)
    rent_of_origin: Array  # (i,)
    export_tax: Array  # (i,)
    transfer: Array  # (n,)
    volume: list[Any]
    residual: Array


class Closure(NamedTuple):
    """What transfers are fixed in.

    `world` (value added, the numeraire), `balanced` (there are none), `wages` or `prices` of a
    region.
    """

    unit: str = "world"
    region: int = 0


WORLD = Closure()

SLACK, BINDING, EXCEEDED = REGIMES = ("slack", "binding", "exceeded")


@dataclass(eq=False)
class System:
    """The equations of one scenario, with the regime of every quota given."""

    economy: Economy
    wedges: Wedges
    closure: Closure
    regimes: tuple[str, ...]
    cells: Cells

    def __post_init__(self) -> None:
        # Without quotas wedges do not change from one evaluation to the next.
        self.known = None if self.wedges.quotas else self.parts_of_a_dollar([])

    def split(self, unknowns: Array) -> tuple[Array, Array, Array, Array]:
        """Log changes of prices of intermediates, output and income; wedges of binding quotas."""
        shape, size = self.economy.output.shape, self.economy.output.size
        price, output, income, wedge = np.split(
            unknowns, [size, 2 * size, 2 * size + len(self.economy.income)]
        )
        return price.reshape(shape), output.reshape(shape), income, wedge

    def starts(self) -> list[Array]:
        """No change, and wedges of binding quotas some way above the duty inside."""
        known = np.zeros(2 * self.economy.output.size + len(self.economy.income))
        binding = [
            quota
            for quota, regime in zip(self.wedges.quotas, self.regimes, strict=True)
            if regime == BINDING
        ]
        above = (0.1, 0.5, 2.0) if binding else (0.0,)
        return [
            np.concatenate(
                [known, [q.inside + min(step, 0.5 * (q.over - q.inside)) for q in binding]]
            )
            for step in above
        ]

    def marginal(self, unknowns: Array) -> list[Any]:
        """The wedge of every quota: known where it does not bind."""
        binding = iter(self.split(unknowns)[-1])
        return [
            next(binding)
            if regime == BINDING
            else {SLACK: quota.inside, EXCEEDED: quota.over}[regime]
            for quota, regime in zip(self.wedges.quotas, self.regimes, strict=True)
        ]

    def parts_of_a_dollar(self, marginal: list[Any]) -> tuple[Array, ...]:
        """Cost factor of every cell, and duty, value at the border, export tax, producer's part.

        Of a dollar that is spent the rent is taken first, then the duty, then the export tax.
        """
        e, cells, power = self.economy, self.cells, self.economy.theta[:, None]
        duty = cells.duty.astype(np.result_type(float, *marginal))
        for quota, mu in zip(self.wedges.quotas, marginal, strict=True):
            for cell in quota.cells():
                duty[:, *cell] += mu
        factor = (1 + duty) * (1 + cells.export_tax)
        weight = cells.share * factor ** (-power)
        total = weight.sum(0)
        mean = weight / total / (1 + cells.rent)
        wedge = total ** (-1 / power) * (1 + cells.rent)
        return (
            wedge / (1 + e.tariff) * cells.trade_cost,
            (mean * duty / (1 + duty)).sum(0),
            (mean / (1 + duty)).sum(0),
            (mean * cells.export_tax / factor).sum(0),
            (mean / factor).sum(0),
        )

    def state(self, unknowns: Array) -> State:
        e, cells, power = self.economy, self.cells, self.economy.theta[:, None]
        log_price, log_output, log_income, _ = self.split(unknowns)
        output_change = np.exp(log_output)
        output = e.output * output_change
        income = e.income * np.exp(log_income)
        quotas = self.wedges.quotas
        marginal = self.marginal(unknowns)

        # Labour clears: what sector s pays is L0 l_s w_s^eta Phi^(1 - eta), Phi income per worker.
        paid = e.labour_income * output_change  # (i, s)
        workers = e.labour_income.sum(1)
        phi = paid.sum(1) / workers
        log_wage = np.log(phi)[:, None] * np.ones_like(paid)
        if np.isfinite(e.labour_elasticity):
            eta = e.labour_elasticity
            working = e.labour_income > 0
            per_worker = np.where(working, paid, 1) / np.where(working, e.labour_income, 1)
            log_wage = (np.log(per_worker) + (eta - 1) * log_wage) / eta
        labour = e.value_added_share * (1 - e.specific_share)
        specific = e.value_added_share * e.specific_share
        cost = np.exp(
            labour * log_wage
            + specific * log_output
            + np.einsum("iks,ik->is", e.input_share, log_price)
        )

        dollar = self.known or self.parts_of_a_dollar(marginal)
        change, duty_part, border_part, tax_part, producer_part = dollar
        rent_part = 1 - 1 / (1 + cells.rent)
        landed = cells.pi * (change * cost[:, None, :, None]) ** (-power)
        sums = landed.sum(0)
        price = np.where(e.bought, np.where(e.bought, sums, 1) ** (-1 / power), 1)  # (n, s, u)
        share = landed / np.where(e.bought, sums, 1)

        inputs = np.einsum("nks,ns->nk", e.input_share, output)
        final = e.alpha * income[:, None]
        spending = share * np.stack([inputs, final], axis=-1)  # (i, n, s, u)
        flows = producer_part * spending

        import_duty = (duty_part * spending).sum((0, 2, 3))
        export_tax = (tax_part * spending).sum((1, 2, 3))
        rent = (rent_part * spending).sum((2, 3))  # (i, n)
        rent_of_destination = self.wedges.rent_share * rent.sum(0)
        rent_of_origin = (1 - self.wedges.rent_share) * rent.sum(1)
        volume = []
        for quota, mu, regime in zip(quotas, marginal, self.regimes, strict=True):
            baseline = sum(e.flows[cell] for cell in quota.cells())
            moved = sum(flows[cell] / cost[cell[0], cell[2]] for cell in quota.cells()) / baseline
            at_border = sum(border_part[cell] * spending[cell] for cell in quota.cells())
            inside = quota.limit / moved if regime == EXCEEDED else 1.0
            earned = (mu - quota.inside) * at_border * inside
            # So far all of it is in the duties of the destination.
            import_duty[quota.destination] -= earned
            rent_of_destination[quota.destination] += quota.rent_share * earned
            rent_of_origin[quota.origin] += (1 - quota.rent_share) * earned
            volume.append(moved)

        cpi = np.exp((e.alpha * np.log(price[..., FINAL])).sum(1))
        n = self.closure.region
        units = {"world": 1.0, "balanced": 0.0, "wages": phi[n], "prices": cpi[n]}
        transfer = e.transfer * units[self.closure.unit]

        produced = flows.sum((1, 3))
        scale = np.where(e.output > 0, e.output, 1)
        goods = (np.where(e.output > 0, output - produced, output_change - 1) / scale).ravel()
        # One market too many, by Walras' law; in its place world value added, the numeraire.
        world = e.value_added.sum()
        first = int(np.argmax(e.output))
        goods[first] = (e.value_added * output_change).sum() / world - 1
        earned_at_home = (e.value_added * output_change).sum(1)
        collected = import_duty + rent_of_destination + rent_of_origin + export_tax
        accounts = (earned_at_home + collected + transfer - income) / e.income
        prices = (log_price - np.log(price[..., INTERMEDIATE])).ravel()
        limits = [
            moved - quota.limit
            for quota, moved, regime in zip(quotas, volume, self.regimes, strict=True)
            if regime == BINDING
        ]
        return State(
            phi,
            price,
            cost,
            output,
            income,
            flows,
            import_duty,
            rent_of_destination,
            rent_of_origin,
            export_tax,
            transfer,
            volume,
            np.concatenate([prices, goods, accounts, np.array(limits, dtype=unknowns.dtype)]),
        )

    def jacobian(self, unknowns: Array) -> Array:
        step = 1e-30
        columns = []
        for k in range(len(unknowns)):
            moved = unknowns.astype(complex)
            moved[k] += 1j * step
            columns.append(self.state(moved).residual.imag / step)
        return np.array(columns).T

    def solve(self) -> Array | None:
        """The unknowns, or None where no start leads to them."""
        found = (self.newton(start) for start in self.starts())
        return next((unknowns for unknowns in found if unknowns is not None), None)

    def newton(self, unknowns: Array) -> Array | None:
        """Newton's method with halved steps; a Jacobian serves as long as it gains a digit."""
        inverse = None
        with np.errstate(all="ignore"):
            residual = self.state(unknowns).residual
            size = float(np.abs(residual).max())
            for _ in range(100):
                if size < 1e-13:
                    break
                fresh = inverse is None
                if inverse is None:
                    inverse = np.linalg.inv(self.jacobian(unknowns))
                step, found = 1.0, None
                while step > 1e-6:
                    trial = unknowns - step * inverse @ residual
                    if np.abs(trial).max() < 50:
                        found = self.state(trial).residual
                        if np.isfinite(found).all() and np.abs(found).max() < size:
                            break
                    step /= 2
                else:
                    if not fresh:  # the old Jacobian has served its time
                        inverse = None
                        continue
                    break
                before, size = size, float(np.abs(found).max())
                unknowns, residual = trial, found
                if size > 0.1 * before:
                    inverse = None
        return unknowns if size < 1e-11 else None


# --- results --------------------------------------------------------------------------------------


@dataclass(eq=False)
class Equilibrium:
    """What became of the economy. Money in US$ m with world value added as the numeraire."""

    economy: Economy
    state: State
    regimes: tuple[str, ...]
    quota_wedge: list[float]

    @property
    def quota_volume(self) -> list[float]:
        return [float(moved) for moved in self.state.volume]

    @property
    def cpi(self) -> Array:
        logs: Array = (self.economy.alpha * np.log(self.state.price[..., FINAL])).sum(1)
        return np.exp(logs)

    @property
    def welfare(self) -> Array:
        result: Array = self.state.income / self.economy.income / self.cpi
        return result

    @property
    def ev(self) -> Array:
        result: Array = (self.welfare - 1) * self.economy.income
        return result

    @property
    def import_revenue(self) -> Array:
        """Duties, and rents that the destination keeps."""
        return self.state.import_duty + self.state.rent_of_destination

    @property
    def export_revenue(self) -> Array:
        """Export taxes, and rents that the origin keeps."""
        return self.state.export_tax + self.state.rent_of_origin


def solutions(
    economy: Economy, wedges: Wedges | None = None, closure: Closure = WORLD
) -> list[Equilibrium]:
    """Every combination of quota regimes that is an equilibrium."""
    wedges = wedges or Wedges()
    cells = Cells.of(economy, wedges)
    found = []
    for regimes in itertools.product(REGIMES, repeat=len(wedges.quotas)):
        pairs = list(zip(wedges.quotas, regimes, strict=True))
        if any(regime == EXCEEDED and not np.isfinite(quota.over) for quota, regime in pairs):
            continue
        system = System(economy, wedges, closure, regimes, cells)
        unknowns = system.solve()
        if unknowns is None:
            continue
        state = system.state(unknowns)
        wedge = [float(mu) for mu in system.marginal(unknowns)]
        holds = [
            {
                SLACK: moved <= quota.limit + 1e-10,
                BINDING: quota.inside < mu < quota.over,
                EXCEEDED: moved >= quota.limit - 1e-10,
            }[regime]
            for (quota, regime), moved, mu in zip(pairs, state.volume, wedge, strict=True)
        ]
        if all(holds):
            found.append(Equilibrium(economy, state, regimes, wedge))
    return found


def solve(economy: Economy, wedges: Wedges | None = None, closure: Closure = WORLD) -> Equilibrium:
    """The equilibrium; with quotas, the only combination of regimes that holds."""
    found = solutions(economy, wedges, closure)
    assert found, "no combination of regimes was solved"
    for other in found[1:]:  # at a border between two regimes both describe it
        np.testing.assert_allclose(other.welfare, found[0].welfare, rtol=1e-8)
    return found[0]


# --- levers ---------------------------------------------------------------------------------------


def diversification(
    economy: Economy,
    delta: Array | float,
    *,
    by: str = "taste",
    origin: str = "CAN",
    left: str = "USA",
    markets: Sequence[str] | None = None,
) -> Wedges:
    """Third markets buy `delta` (S,) of what the origin sells to the market that it leaves."""
    e, i = economy, economy.region(origin)
    others = markets or [code for code in e.regions if code not in {origin, left}]
    chosen = [e.region(code) for code in others]
    lost = e.flows[i, e.region(left)]
    sold = e.flows[i, chosen].sum(0)
    moved = np.broadcast_to(np.asarray(delta, dtype=float), len(e.sectors))[:, None] * lost
    psi = 1 + np.divide(moved, sold, out=np.zeros_like(sold), where=sold > 0)
    cut = psi ** (-1 / e.theta[:, None])
    if by == "taste":
        pi = e.pi[i]
        assert all((pi[m] * psi < 1).all() for m in chosen)
        # psi on its own share, (1 - pi psi)/(1 - pi) on the others'; odds say the same.
        return Wedges(taste={(i, m): psi * (1 - pi[m]) / (1 - pi[m] * psi) for m in chosen})
    if by == "trade_cost":
        return Wedges(trade_cost={(i, m): cut for m in chosen})
    return Wedges(export_taxes=[{(i, m): whole(cut - 1) for m in chosen}])


def procurement(
    economy: Economy,
    rho: Array | float,
    *,
    waste: float = 0.0,
    buyer: str = "CAN",
    seller: str = "USA",
) -> Wedges:
    """Goods of the seller look dearer by f; a part of the wedge is burnt, the rest is a rent."""
    e = economy
    pair = e.region(seller), e.region(buyer)
    preference = np.broadcast_to(np.asarray(rho, dtype=float), len(e.sectors))[:, None]
    f = (1 - preference) ** (-1 / e.theta[:, None]) * np.ones(2)
    burnt = 1 + waste * (f - 1)
    return Wedges(rent={pair: f / burnt - 1}, trade_cost={pair: burnt})


def integration_loss(economy: Economy, iota: float) -> Wedges:
    """Parts of motor vehicles cross the Canada-US border at 1 + iota times the cost."""
    canada, us = economy.region("CAN"), economy.region("USA")
    cost = np.ones((len(economy.sectors), 2))
    cost[economy.sectors.index("MVH"), INTERMEDIATE] += iota
    return Wedges(trade_cost={(canada, us): cost, (us, canada): cost})


# --- schedules ------------------------------------------------------------------------------------


def read_schedule(path: Path, economy: Economy) -> dict[str, Part]:
    """Parts of a schedule's file; a cell that it does not name is not covered."""
    shape = (len(economy.sectors), 2)
    shares: dict[str, Array] = {}
    rates: dict[str, Array] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name, s = row["part"], economy.sectors.index(row["sector"])
            uses = {"both": [INTERMEDIATE, FINAL], "intermediate": [INTERMEDIATE], "final": [FINAL]}
            shares.setdefault(name, np.zeros(shape))[s, uses[row["use"]]] = float(row["share"])
            rates.setdefault(name, np.zeros(shape))[s, uses[row["use"]]] = float(row["rate"])
    listed = sum(shares.values(), np.zeros(shape))
    rest = shares.setdefault(REST, np.zeros(shape))
    rest += np.where(listed == 0, 1 - listed, 0)
    rates.setdefault(REST, np.zeros(shape))
    return {name: Part(shares[name], rates[name]) for name in shares}
