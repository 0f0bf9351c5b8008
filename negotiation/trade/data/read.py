"""Trade data of any known layout: read, checked, put together, a `World`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.shell import command, mention
from negotiation.trade import World
from negotiation.trade.data.aggregate import aggregate, read_map, read_tariffs, read_theta
from negotiation.trade.data.check import Report, report
from negotiation.trade.data.house import read_house
from negotiation.trade.data.icio import ICIO, Vocabulary, plan_icio
from negotiation.trade.data.matrix import Reading, read_matrix
from negotiation.trade.data.source import LAYOUTS, TABLE_SUM, Text, open_text
from negotiation.trade.data.square import WIOD, plan_wiod
from negotiation.trade.data.table import TradeTable
from negotiation.trade.data.tidy import COLUMNS, HOUSE, read_tidy
from negotiation.trade.rates import divisor, doubt

_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9]*_\w+$")


@dataclasses.dataclass(frozen=True)
class Reader:
    """How a file is read.

    Attributes
    ----------
    layout : str
        `auto`, or one of `LAYOUTS`.
    columns : mapping of str to str
        `tidy`: headings of columns, by what they hold.
    coefficients : path, optional
        `tidy`: a file of input coefficients.
    final, inventory : sequence of str, optional
        `icio`, `wiod`: categories of final demand, and those among them that may be negative.
    merge : mapping of str to str, optional
        `icio`: regions that are parts of others; China's and Mexico's are known.
    tolerance : float
        Largest relative gap of a sum.
    tariff_unit : str, optional
        `fraction` or `percent`. Fractions by default, and then rates that look like percentages
        are asked about.
    """

    layout: str = "auto"
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    coefficients: str | Path | None = None
    final: Sequence[str] | None = None
    inventory: Sequence[str] | None = None
    merge: Mapping[str, str] | None = None
    tolerance: float = TABLE_SUM
    tariff_unit: str | None = None

    def __post_init__(self) -> None:
        if self.layout not in ("auto", *LAYOUTS):
            raise ParameterError(
                f"layout '{self.layout}' is unknown{nearest(self.layout, LAYOUTS)}; choose from "
                f"auto, {', '.join(LAYOUTS)}"
            )
        if not 0.0 <= self.tolerance < 1.0:
            raise ParameterError(
                f"a tolerance of {self.tolerance} was given; expected a share from 0 to 1"
            )
        divisor(self.tariff_unit)
        for column in self.columns:
            if column not in COLUMNS:
                raise ParameterError(
                    f"column '{column}' is unknown{nearest(column, COLUMNS)}; choose from "
                    f"{', '.join(COLUMNS)}"
                )

    @property
    def options(self) -> list[str]:
        """The same as words of a command line, without what is the default."""
        words = [] if self.layout == "auto" else ["--layout", self.layout]
        for what, name in self.columns.items():
            words += ["--column", f"{what}={name}"]
        if self.coefficients is not None:
            words += ["--coefficients", str(self.coefficients)]
        for option, codes in (("--final", self.final), ("--may-be-negative", self.inventory)):
            words += [option, ",".join(codes)] if codes else []
        for part, region in (self.merge or {}).items():
            words += ["--merge", f"{part}={region}"]
        words += ["--tariff-unit", self.tariff_unit] if self.tariff_unit else []
        return words + ([] if self.tolerance == TABLE_SUM else ["--tolerance", f"{self.tolerance}"])

    def read(self, path: str | Path) -> tuple[str, Reading]:
        """Read a file or a folder; return its layout, and what was found with every fault.

        Raises
        ------
        DataError
            Where it cannot be read at all.
        """
        path = Path(path)
        if self.layout == "house" or (self.layout == "auto" and path.is_dir()):
            return "house", read_house(path, self.tariff_unit)
        text = open_text(path, "a CSV file of trade data")
        layout = self._guess(text) if self.layout == "auto" else self.layout
        if layout == "tidy":
            return layout, self._tidy(text)
        if layout == "icio":
            return layout, read_matrix(plan_icio(text, self._words(ICIO)), self.tolerance)
        return layout, read_matrix(plan_wiod(text, self._words(WIOD)), self.tolerance)

    def _tidy(self, text: Text) -> Reading:
        _, header = next(text.records())
        house = {HOUSE[each]: each for each in HOUSE}
        cells = [cell.strip() for cell in header]
        own = {house[cell]: cell for cell in cells if cell in house}
        for what, cell in own.items():
            if what in cells and what not in self.columns:
                raise DataError(
                    f"{text.name}, row 1: columns {what} and {cell} hold the same, so that it is "
                    f"not clear which is meant; keep one, or name it (--column {what}={cell})"
                )
        coefficients = None if self.coefficients is None else open_text(self.coefficients)
        return read_tidy(
            text,
            names={**own, **self.columns},
            coefficients=coefficients,
            tolerance=self.tolerance,
            named=self.columns,
            tariff_unit=self.tariff_unit,
        )

    def _words(self, known: Vocabulary) -> Vocabulary:
        """Vocabulary with the categories and regions that were given."""
        inventory = tuple(self.inventory) if self.inventory is not None else known.inventory
        final = tuple(self.final) if self.final is not None else known.final
        return dataclasses.replace(
            known,
            final=(*final, *(each for each in inventory if each not in final)),
            inventory=inventory,
            merge=known.merge if self.merge is None else self.merge,
        )

    def _guess(self, text: Text) -> str:
        """Find the layout from the first row."""
        _, header = next(text.records())
        cells = [cell.strip() for cell in header]
        keys = [self.columns.get(each, each) for each in ("origin", "destination", "sector")]
        if set(keys) <= set(cells):
            return "tidy"
        labelled = sum(bool(_LABEL.match(cell)) for cell in cells[1:])
        if len(cells) > 2 and 2 * labelled > len(cells) - 1 and "RNr" not in cells:
            return "icio"
        if len(cells) > 8:
            return "wiod"
        raise DataError(
            f"{text.name}, row 1: the layout is not known by its first row, "
            f"{', '.join(cells[:6])}; expected origin, destination, sector, ... (tidy) or labels "
            "such as AUS_A01 (icio), or say which with --layout"
        )


def check_trade(path: str | Path, layout: str = "auto", **reading: object) -> Report:
    """Check trade data: every identity, with the size of its gap, and every fault.

    Parameters
    ----------
    path : path
        A file, or a folder in the layout of `World.from_csv`.
    layout : str
        `house`, `tidy`, `icio`, `wiod`, or `auto`.
    **reading
        Fields of `Reader`: `columns`, `coefficients`, `final`, `inventory`, `merge`, `tolerance`,
        `tariff_unit`.

    Returns
    -------
    Report

    Raises
    ------
    DataError
        Where the data cannot be read at all, in one sentence.
    """
    reader = Reader(layout, **reading)  # type: ignore[arg-type]
    found, result = reader.read(path)
    return report(result, found, reader.tolerance)


def read_trade(
    path: str | Path,
    layout: str = "auto",
    *,
    theta: float | str | Path | None = None,
    regions: str | Path | None = None,
    sectors: str | Path | None = None,
    tariffs: str | Path | None = None,
    inventories: str = "net",
    value_added_floor: float | None = None,
    **reading: object,
) -> World:
    """Read a world from trade data of any known layout.

    Parameters
    ----------
    path, layout, **reading
        As for `check_trade`.
    theta : float or path, optional
        Trade elasticity of all sectors, or a CSV file with columns `sector,theta`, by sectors of
        the data or of the map. Not needed for a folder that has its own.
    regions, sectors : path, optional
        Maps with columns `code,group`, and perhaps `name`; for sectors perhaps `table`.
    tariffs : path, optional
        A CSV file with columns `origin,destination,sector,tariff`, by codes of the data or of the
        maps; what it does not name is free of duty.
    inventories : str
        `net`, `produced` or `dropped`: see `TradeTable.settled`.
    value_added_floor : float, optional
        Smallest share of value added in an industry's output, in place of an error.

    Raises
    ------
    DataError
        For the first fault, saying how many there are.
    """
    table = import_trade(
        path,
        Reader(layout, **reading),  # type: ignore[arg-type]
        theta=theta,
        regions=regions,
        sectors=sectors,
        tariffs=tariffs,
        inventories=inventories,
        value_added_floor=value_added_floor,
    )
    return table.to_world()


def import_trade(
    path: str | Path,
    reader: Reader,
    *,
    theta: float | str | Path | None = None,
    regions: str | Path | None = None,
    sectors: str | Path | None = None,
    tariffs: str | Path | None = None,
    inventories: str = "net",
    value_added_floor: float | None = None,
) -> TradeTable:
    """Return the table that `read_trade` makes a world of, with notes of what was done to it."""
    _, result = reader.read(path)
    # Negative value added may vanish where industries are put together, or be lifted.
    mended = value_added_floor is not None or regions is not None or sectors is not None
    faults = [each for each in result.faults if not (mended and each.check == "value_added")]
    if faults:
        more = len(faults) - 1
        listing = mention(command("negotiation", "data", "check", str(path), *reader.options))
        several = f" (and {more} more; {listing} lists all)" if more else ""
        raise DataError(faults[0].sentence + several)
    table = result.table
    elasticities = read_theta(theta) if isinstance(theta, str | Path) else None
    duties = read_tariffs(tariffs, reader.tariff_unit) if tariffs is not None else None
    if isinstance(theta, float | int):
        if not 0.0 < theta < float("inf"):
            raise ParameterError(f"theta {theta} was given; expected a number above 0")
        table = table.with_theta(theta)
    maps = (
        read_map(regions, table.regions, "region") if regions is not None else None,
        read_map(sectors, table.sectors, "sector") if sectors is not None else None,
    )
    if elasticities is not None and elasticities.fit(table.sectors):
        table, elasticities = elasticities.to(table), None
    if duties is not None and duties.fit(table):
        table, duties = duties.to(table), None
    table = aggregate(table, *maps)
    if elasticities is not None:
        table = elasticities.to(table)
    if duties is not None:
        table = duties.to(table)
    if doubt(table.tariff) is not None:
        table = table.noted(
            f"tariffs up to {table.tariff.max():g} are fractions as given: the table is read again "
            "with --tariff-unit fraction (in Python tariff_unit='fraction')"
        )
    return table.settled(inventories, value_added_floor)
