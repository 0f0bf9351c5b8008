"""Input coefficients against intermediate deliveries, and the flow that does not fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import nearest
from negotiation.trade.data.sheet import Codes, Sheet
from negotiation.trade.data.source import Fault, Text
from negotiation.trade.data.table import Array, TradeTable

_KEYS = ("region", "input_sector", "using_sector")


def read_coefficients(
    text: Text,
    names: Mapping[str, str],
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    *,
    complete: bool,
) -> tuple[Array, list[Fault], NDArray[np.bool_]]:
    """Read (N, S, S) input coefficients `[region, input, using]`, and what is wrong with them.

    The last is (N,), whether all coefficients of a region are known. Where they need not be
    complete, what has no row is zero; but a sector that sells has to be in the file, or its code
    is misspelt in one of the two.

    Raises
    ------
    DataError
        Where a column is missing.
    """
    sheet = Sheet(text, names, (*_KEYS, "coefficient"))
    lists = [{code: at for at, code in enumerate(each)} for each in (regions, sectors, sectors)]
    codes = Codes(sheet, zip(_KEYS, lists, strict=True))
    share = np.zeros((len(regions), len(sectors), len(sectors)))
    seen: dict[tuple[int, ...], int] = {}
    for row, cells in sheet.rows():
        at = codes.find(row, [cells[sheet.at(what)].strip() for what in _KEYS])
        value = sheet.number(row, cells, "coefficient")
        if at is None or value is None:
            continue
        if at in seen:
            problem = f"the same combination stands in row {seen[at]} already"
            sheet.fault("numbers", row, "region", problem)
            continue
        seen[at] = row
        share[at] = value
    codes.tell()
    if complete and len(seen) < share.size and not sheet.faults:
        problem = f"{share.size - len(seen)} of {share.size} combinations have no row"
        sheet.faults.append(text.fault("labels", problem))
    missing = [code for s, code in enumerate(sectors) if all(s not in at[1:] for at in seen)]
    if missing and not complete and not sheet.faults:
        known = [code for code in sectors if code not in missing]
        problem = (
            f"no row for {', '.join(missing)} of the flows{nearest(missing[0], known)}; expected "
            "every sector that sells"
        )
        sheet.faults.append(text.fault("labels", problem))
    found = np.zeros(share.shape, dtype=bool)
    for place in seen:
        found[place] = True
    return share, sheet.faults, np.asarray(found.all(axis=(1, 2)) | (not sheet.faults))


@dataclasses.dataclass(frozen=True, eq=False)
class Deliveries:
    """What coefficients use and what flows deliver.

    Attributes
    ----------
    regions, sectors : tuple of str
    share : (N, S, S) array
    output : (N, S) array
    net, gross : (N, S) array
        Intermediate deliveries by destination and sector, without and with tariffs.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    share: Array
    output: Array
    net: Array
    gross: Array

    @property
    def used(self) -> Array:
        """(N, S) inputs by region and input sector."""
        return np.asarray(np.einsum("nks,ns->nk", self.share, self.output))

    @property
    def inputs(self) -> Array:
        """(N, S, S) inputs net of tariffs, rescaled to what is delivered."""
        used = self.used
        scale = np.where(used > 0.0, self.net / np.where(used > 0.0, used, 1.0), 0.0)
        return np.asarray(self.share * self.output[:, None, :] * scale[:, :, None])

    def faults(
        self,
        flows: Text,
        coefficients: Text,
        rows: Mapping[tuple[int, int, int], int],
        tolerance: float,
        judged: NDArray[np.bool_],
    ) -> list[Fault]:
        """List gaps above tolerance; those that one flow explains are one fault, of that flow.

        A flow that is wrong throws off what its destination is delivered, and through the output of
        its origin all that the origin uses. Only regions that are `judged`, (N,), are.
        """
        used = self.used
        gaps = [_relative(used, bought) * judged[:, None] for bought in (self.net, self.gross)]
        with_duty = gaps[0].max() > max(gaps[1].max(), tolerance)
        bought, size = (self.gross, gaps[1]) if with_duty else (self.net, gaps[0])
        gap = used - bought
        off = size > tolerance
        found = []
        for i in range(len(self.regions)):
            for k, n, error in self._suspects(gap, off, i, tolerance):
                origin, destination = self.regions[i], self.regions[n] if n >= 0 else ""
                where = f"the sale of sector {self.sectors[k]} from {origin}"
                where += f" to {destination}" if destination else ""
                found.append(
                    flows.fault(
                        "inputs",
                        f"{where} is {abs(error):.6g} too {'large' if error > 0 else 'small'} for "
                        f"the inputs that {origin}"
                        + (f" and {destination} use" if n not in (-1, i) else " uses"),
                        row=rows.get((i, n, k)),
                        size=abs(error) / float(max(self.output[i, k], abs(error))),
                    )
                )
                off[i] = False
                if n >= 0:
                    off[n, k] = False
        return found + [
            coefficients.fault(
                "inputs",
                f"region {self.regions[n]} uses {used[n, k]:.8g} of input {self.sectors[k]} by its "
                f"coefficients, but {bought[n, k]:.8g} is delivered, a gap of "
                f"{100 * size[n, k]:.2g} %",
                size=float(size[n, k]),
            )
            for n, k in np.argwhere(off)
        ]

    def _suspects(
        self, gap: Array, off: NDArray[np.bool_], i: int, tolerance: float
    ) -> list[tuple[int, int, float]]:
        """Find the sector and destination of the one flow of an origin that explains its gaps."""
        if not off[i].any() or off[i].sum() < 2 or len(self.sectors) < 2:
            return []
        allowed = 10 * tolerance * np.abs(gap[i]).max() + tolerance * self.net[i]
        fits = []
        for k in range(len(self.sectors)):
            unit = np.eye(len(self.sectors))[k]
            for home, way in ((False, self.share[i, :, k]), (True, self.share[i, :, k] - unit)):
                if not way.any():
                    continue
                error = float(way @ gap[i] / (way @ way))
                rest = np.abs(gap[i] - error * way)
                if (rest > allowed).any():
                    continue
                buyers = [i] if home else [int(n) for n in np.flatnonzero(off[:, k]) if n != i]
                if len(buyers) <= 1:
                    fits.append((float(rest.sum()), k, buyers[0] if buyers else -1, error))
        fits.sort()
        return [(k, n, error) for _, k, n, error in fits[:1]]


def _relative(a: Array, b: Array) -> Array:
    scale = np.maximum(np.abs(a), np.abs(b))
    return np.asarray(np.abs(a - b) / np.where(scale > 0.0, scale, 1.0))


def used_up(text: Text, table: TradeTable) -> list[Fault]:
    """Find industries of which nothing is left after their inputs."""
    cost, output = table.inputs.sum(axis=1), table.output
    return [
        text.fault(
            "value_added",
            f"inputs of region {table.regions[n]}, sector {table.sectors[s]} cost {cost[n, s]:.6g} "
            f"of an output of {output[n, s]:.6g}; expected less, the rest is value added",
            size=float(cost[n, s] - output[n, s]),
        )
        for n, s in np.argwhere((cost >= output) & (cost > 0.0))
    ]
