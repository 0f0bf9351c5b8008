"""Schedules: named duties on parts of the trade of one pair, read from files or written in Python.

In Python a schedule takes three lines::

    steel = Schedule("steel", "USA", "CAN", {"STL": 0.5, ("MVH", "final"): (0.25, 0.85)})
    parts = steel.parts(world)
    steel.mean(world)
"""

from __future__ import annotations

import dataclasses
import math
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as day
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.tolerances import SHARE_SUM, TARIFF_BAN
from negotiation.trade.checks import USES
from negotiation.trade.data.csv_file import Row, Table, open_csv
from negotiation.trade.rates import doubt, percentage, question
from negotiation.trade.wedges import WHOLE, Parts
from negotiation.trade.world import World
from negotiation.words import clean

IMPORT_DUTY, EXPORT_TAX = KINDS = ("import duty", "export tax")
STATUSES = ("in_force", "superseded", "announced", "void", "hypothetical")
BOTH = "both"

#: Target of a duty on the trade with every other region.
EVERYONE = "all"

#: Name of the part that a schedule does not name, and a second one where a file has a `rest`.
_REST = ("rest", "unlisted")

_STATED = "a percent sign says that it is meant: {:g}%"
_COLUMNS = ("use", "part", "share", "coverage", "legal_basis", "status", "note")
_LINE = tuple(each for each in _COLUMNS if each != "status")
_KEYS = ("name", "imposer", "target", "kind", "date", "status", "legal_basis", "source")
_UNTABLED = "none"


@dataclass(frozen=True)
class Line:
    """One line of a schedule: a rate on a part of the trade in a sector.

    Attributes
    ----------
    sector : str
    rate : float
        Additional ad valorem rate, a fraction; a text such as `25%` is one too.
    use : {"both", "intermediate", "final"}
    part : str
        What the part is called; lines of one name are about the same goods.
    share : float
        Share of the part in the trade of the sector and use.
    legal_basis, note : str
    place, called : str
        Where it stands in a file, and how the file calls the share.
    """

    sector: str
    rate: float
    use: str = BOTH
    part: str = ""
    share: float = 1.0
    legal_basis: str = ""
    note: str = ""
    place: str = field(default="", compare=False, repr=False)
    called: str = field(default="share", compare=False, repr=False)
    stated: bool = field(default=False, compare=False, repr=False, init=False)

    def __post_init__(self) -> None:
        for name in ("rate", "share"):
            given = getattr(self, name)
            fraction = percentage(given)
            if fraction is None:
                try:
                    fraction = float(given)
                except (TypeError, ValueError):
                    raise self.error(
                        name, f"{given!r:.40} is not a number; expected a fraction, such as 0.25"
                    ) from None
            elif name == "rate":
                object.__setattr__(self, "stated", True)
            object.__setattr__(self, name, fraction)
        if self.use not in (BOTH, *USES):
            raise self.error(
                "use",
                f"'{self.use}' is not known{nearest(self.use, (BOTH, *USES))}; expected "
                f"{BOTH}, {USES[0]} or {USES[1]}",
            )
        if not (math.isfinite(self.rate) and self.rate > -1.0):
            raise self.error("rate", f"{self.rate:g} is no rate; expected a number above -1")
        if not self.share >= 0.0:
            raise self.error(
                "share", f"{self.share:g} is negative; expected a share of the trade, from 0 to 1"
            )
        if self.share > 1.0 + SHARE_SUM:
            meant = f"; did you mean {self.share / 100.0:g}?" if 1.0 < self.share <= 100.0 else ""
            raise self.error(
                "share", f"{self.share:g} is more than all of the trade, which is 1{meant}"
            )

    @property
    def uses(self) -> tuple[int, ...]:
        """Positions of its uses."""
        return (0, 1) if self.use == BOTH else (USES.index(self.use),)

    @property
    def banned(self) -> bool:
        """Whether the rate stands for a ban."""
        return self.rate >= TARIFF_BAN

    @property
    def trade(self) -> str:
        """Sector and use in words."""
        return self.sector if self.use == BOTH else f"{self.sector}, {self.use} use"

    def error(self, column: str, what: str) -> DataError | ParameterError:
        """Error that names the place of this line and a column of it."""
        column = self.called if column == "share" else column
        if self.place:
            return DataError(f"{self.place}, column {column}: {what}")
        return ParameterError(f"{column} of a line on {self.trade}: {what}")


#: What a schedule may be made of: lines, or rates by sector, or by sector and use.
Lines = Iterable[Line] | Mapping[Any, Any]


@dataclass(frozen=True, init=False)
class Schedule:
    """Duties that one region imposes on its trade with another, with their legal basis.

    Attributes
    ----------
    name : str
    imposer, target : str
        Codes of regions; the target may be `all`. Both may be empty in a file that is aimed later,
        by `between`.
    lines : tuple of Line
        Also given as a mapping: a sector, or a sector and a use, to a rate or a rate and a share.
        What the lines of a sector leave free is an untaxed part, as is every other sector.
    kind : {"import duty", "export tax"}
        What the imposer collects: on what it buys from the target, or on what it sells there.
    date : str
        Day from which it holds, as in 2026-09-29; empty where it has none.
    status : {"in_force", "superseded", "announced", "void", "hypothetical"}
    legal_basis, source : str

    Raises
    ------
    ParameterError, DataError
        In one sentence; of a file with row and column.
    """

    name: str
    imposer: str = ""
    target: str = ""
    lines: tuple[Line, ...] = ()
    kind: str = IMPORT_DUTY
    date: str = ""
    status: str = "hypothetical"
    legal_basis: str = ""
    source: str = ""

    def __init__(
        self,
        name: str,
        imposer: str = "",
        target: str = "",
        lines: Lines = (),
        *,
        kind: str = IMPORT_DUTY,
        date: str = "",
        status: str = "hypothetical",
        legal_basis: str = "",
        source: str = "",
    ) -> None:
        given = {
            "name": name,
            "imposer": imposer,
            "target": target,
            "lines": tuple(_lines(lines)),
            "kind": kind,
            "date": date,
            "status": status,
            "legal_basis": legal_basis,
            "source": source,
        }
        for what, value in given.items():
            object.__setattr__(self, what, value)
        for what, known in (("kind", KINDS), ("status", STATUSES)):
            if given[what] not in known:
                raise ParameterError(
                    f"{what} of schedule {name} is '{given[what]}'"
                    f"{nearest(str(given[what]), known)}; choose from {', '.join(known)}"
                )
        if date and not _is_date(date):
            raise ParameterError(
                f"date of schedule {name} is '{date}'; expected year, month and day, such as "
                "2026-09-29"
            )
        if imposer and imposer == target:
            raise ParameterError(
                f"schedule {name} is imposed by {imposer} on itself; expected two regions"
            )
        _check(self.lines)

    @classmethod
    def read(cls, path: str | os.PathLike[str], **known: Any) -> Schedule:
        """Read a schedule from a CSV or a TOML file.

        A CSV file has the columns `sector` and `rate`, and perhaps `use`, `part`, `share` (or
        `coverage`), `legal_basis`, `status`, `note`. A TOML file has a table `[schedule]` with the
        attributes and a list of tables `[[line]]`.

        Parameters
        ----------
        path : path
        **known
            Attributes of the schedule that the file does not have: `imposer`, `target`, ...; the
            name is that of the file where none is given.

        Raises
        ------
        DataError
            Naming file, row and column.
        """
        path = Path(path)
        lines, said = _read_toml(path) if path.suffix.lower() == ".toml" else _read_csv(path)
        for what in said.keys() & known.keys():
            if known[what] and said[what] != known[what]:
                raise DataError(
                    f"{clean(str(path))}: {what} is '{said[what]}', where '{known[what]}' is "
                    "asked for"
                )
        try:
            return cls(**{"name": path.stem, **known, **said, "lines": lines})
        except ParameterError as error:
            raise DataError(f"{clean(str(path))}: {error}") from None

    def between(self, imposer: str, target: str, kind: str | None = None) -> Schedule:
        """Return the schedule with imposer and target filled in where it names none.

        Raises
        ------
        ParameterError
            If it is between others, or of another kind.
        """
        for what, wanted in (("imposer", imposer), ("target", target), ("kind", kind)):
            own = getattr(self, what)
            if wanted and own and own not in (wanted, EVERYONE):
                raise ParameterError(
                    f"schedule {self.name} has the {what} {own}; expected {wanted} here"
                )
        return dataclasses.replace(
            self, imposer=self.imposer or imposer, target=self.target or target
        )

    def cell(self, sector: str, use: int) -> tuple[Line, ...]:
        """Return the named parts that fill a cell; what is left free is the untaxed last one."""
        lines = [line for line in self.lines if line.sector == sector and use in line.uses]
        left = 1.0 - math.fsum(line.share for line in lines)
        parts = [
            line
            if line.part
            else dataclasses.replace(line, part=WHOLE if line.share == 1.0 else self.name)
            for line in lines
        ]
        if left > SHARE_SUM:
            names = [line.part for line in parts]
            rest = next(each for each in _REST if each not in names)
            parts.append(Line(sector, 0.0, USES[use], rest, left))
        return tuple(parts)

    def arrays(self, sectors: Sequence[str]) -> Parts:
        """Return shares and rates of the parts, aligned to sectors.

        Raises
        ------
        ParameterError, DataError
            For a sector that is not among them.
        """
        known = set(sectors)
        for line in self.lines:
            if line.sector not in known:
                raise line.error(
                    "sector",
                    f"'{line.sector}' is not known{nearest(line.sector, sectors)}; expected one "
                    f"of {', '.join(sectors)}",
                )
        cells = [[self.cell(sector, use) for use in range(len(USES))] for sector in sectors]
        slots = max((len(cell) for both in cells for cell in both), default=1)
        shape = (slots, len(sectors), len(USES))
        name = np.full(shape, "", dtype=object)
        share, rate = np.zeros(shape), np.zeros(shape)
        for s, both in enumerate(cells):
            for use, cell in enumerate(both):
                total = math.fsum(line.share for line in cell)
                for k, line in enumerate(cell):
                    name[k, s, use] = line.part
                    share[k, s, use] = line.share / total
                    rate[k, s, use] = line.rate
        return Parts(name.astype(str), share, rate)

    def pairs(self, world: World) -> list[tuple[str, str]]:
        """Origin and destination of the trade that it is about.

        Raises
        ------
        ParameterError
            If imposer or target are missing, or no regions of the world.
        """
        for what in ("imposer", "target"):
            code = getattr(self, what)
            if not code:
                raise ParameterError(
                    f"schedule {self.name} has no {what}; say which region (--{what}, or in "
                    "Python schedule.between('USA', 'CAN'))"
                )
            if code not in world.regions and (what, code) != ("target", EVERYONE):
                raise ParameterError(
                    f"{what} of schedule {self.name} is {code}, which is no region"
                    f"{nearest(code, world.regions)}; choose from {', '.join(world.regions)}"
                )
        others = [each for each in world.regions if each != self.imposer]
        targets = others if self.target == EVERYONE else [self.target]
        if self.kind == EXPORT_TAX:
            return [(self.imposer, each) for each in targets]
        return [(each, self.imposer) for each in targets]

    def parts(self, world: World) -> dict[tuple[str, str], Parts]:
        """Return the parts by origin and destination, aligned to the sectors of a world.

        Raises
        ------
        ParameterError, DataError
            If regions or sectors are not those of the world.
        """
        pairs, parts = self.pairs(world), self.arrays(world.sectors)
        return dict.fromkeys(pairs, parts)

    def mean(
        self, world: World, *, bans: bool = False, sectors: Iterable[str] | None = None
    ) -> float:
        """Return the mean rate on goods, weighted with the trade of a world.

        Parameters
        ----------
        bans : bool
            Whether parts under a ban count, with their prohibitive rates; they then dominate the
            mean. Otherwise the mean is over the trade that is not banned.
        sectors : iterable of str, optional
            All that are negotiated at some table where none are given: goods and electricity.

        Returns
        -------
        float
            NaN where nothing is traded.
        """
        parts = self.arrays(world.sectors)
        chosen = goods(world) if sectors is None else tuple(sectors)
        wanted = np.array([code in chosen for code in world.sectors])
        origins, destinations = zip(*self.pairs(world), strict=True)
        trade = world.flows[
            [world.regions.index(each) for each in origins],
            [world.regions.index(each) for each in destinations],
        ].sum(axis=0)
        weight = parts.share * np.where(wanted[:, None], trade, 0.0)
        if not bans:
            weight = np.where(parts.rate < TARIFF_BAN, weight, 0.0)
        total = float(weight.sum())
        return float((weight * parts.rate).sum()) / total if total > 0.0 else math.nan

    @property
    def has_bans(self) -> bool:
        """Whether a part is banned."""
        return any(line.banned and line.share > 0.0 for line in self.lines)


def goods(world: World) -> tuple[str, ...]:
    """Sectors on which duties can fall: all but those at no negotiating table, if there are any."""
    if not world.tables:
        return world.sectors
    pairs = zip(world.sectors, world.tables, strict=True)
    return tuple(code for code, table in pairs if table != _UNTABLED) or world.sectors


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Schedules of a folder, in the order of its `index.csv`.

    The index has the columns `schedule` (a file of that name with `.csv` or `.toml` stands beside
    it), `imposer`, `target`, `date`, `status`, `legal_basis` and `source`, and perhaps `kind`.

    Attributes
    ----------
    folder : Path
    rows : mapping of str to mapping
        Rows of the index by name of the schedule.
    """

    folder: Path
    rows: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Catalogue:
        """Read the index of a folder; a schedule is read when it is asked for.

        Raises
        ------
        DataError
        """
        table = Table(
            Path(folder) / "index.csv",
            ("schedule", *(each for each in _KEYS if each not in ("name", "kind"))),
        )
        rows: dict[str, Mapping[str, str]] = {}
        for row in table.rows():
            name = row.text("schedule")
            if not name or name in rows:
                raise row.error("schedule", f"'{name}' is {'twice' if name else 'no name'}")
            row.one_of("status", STATUSES)
            date = row.text("date")
            if date and not _is_date(date):
                raise row.error("date", f"'{date}' is no date; expected such as 2026-09-29")
            rows[name] = {**row.cells, "kind": row.text("kind", IMPORT_DUTY)}
        return cls(Path(folder), rows)

    def __iter__(self) -> Iterator[Schedule]:
        return iter(self.schedules())

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _kept(self) -> dict[str, Schedule]:
        return {}

    def schedules(self) -> tuple[Schedule, ...]:
        """All schedules, in the order of the index."""
        return tuple(self.schedule(name) for name in self.rows)

    def schedule(self, name: str) -> Schedule:
        """Return one schedule by its name.

        Raises
        ------
        ParameterError
            If there is none of that name.
        DataError
            If its file is broken.
        """
        if name not in self.rows:
            raise ParameterError(
                f"no schedule is called '{name}'{nearest(name, self.rows)}; choose from "
                f"{', '.join(self.rows)}"
            )
        if name not in self._kept:
            said = {each: self.rows[name][each] for each in _KEYS if each != "name"}
            toml = self.folder / f"{name}.toml"
            path = toml if toml.is_file() else self.folder / f"{name}.csv"
            self._kept[name] = Schedule.read(path, name=name, **said)
        return self._kept[name]

    def latest(
        self,
        imposer: str,
        target: str,
        status: str = "in_force",
        kind: str = IMPORT_DUTY,
    ) -> Schedule:
        """Return the schedule of the latest date between two regions.

        Raises
        ------
        ParameterError
            If there is none.
        """
        if status not in STATUSES:
            raise ParameterError(
                f"status '{status}' is unknown{nearest(status, STATUSES)}; choose from "
                f"{', '.join(STATUSES)}"
            )
        wanted = {"imposer": imposer, "target": target, "status": status, "kind": kind}
        found = [
            (row["date"], name)
            for name, row in self.rows.items()
            if all(row[each] == value for each, value in wanted.items())
        ]
        if not found:
            raise ParameterError(
                f"no {kind} of {imposer} on {target} with the status {status} is in "
                f"{clean(str(self.folder))}; its index.csv lists what there is"
            )
        return self.schedule(max(found)[1])


# --- lines, from Python and from files ------------------------------------------------------------


def _lines(given: Lines) -> Iterator[Line]:
    if not isinstance(given, Mapping):
        for each in given:
            if not isinstance(each, Line):
                raise ParameterError(
                    f"{each!r:.60} is no line of a schedule; expected Line('STL', 0.25), or a "
                    "mapping of sectors to rates"
                )
            yield each
        return
    for key, value in given.items():
        sector, use = (key, BOTH) if isinstance(key, str) else key
        rate, share = value if isinstance(value, tuple | list) else (value, 1.0)
        yield Line(sector, rate, use, share=share)


def _check(lines: Sequence[Line]) -> None:
    """Refuse parts that stand twice or do not fit into their cell, and rates in doubt."""
    seen: dict[tuple[str, int, str], Line] = {}
    filled: dict[tuple[str, int], float] = {}
    for line in lines:
        for use in line.uses:
            before = seen.setdefault((line.sector, use, line.part), line)
            if before is not line:
                where = f" ({before.place.rpartition(', ')[2]})" if before.place else ""
                what = f"part '{line.part}' of {line.trade}" if line.part else line.trade
                name = "" if line.part else ", or name the parts in the column part"
                raise line.error(
                    "part" if line.part else "sector",
                    f"{what} is already in an earlier line{where}; keep one{name}",
                )
            cell = (line.sector, use)
            filled[cell] = filled.get(cell, 0.0) + line.share
            if filled[cell] > 1.0 + SHARE_SUM:
                raise line.error(
                    "share",
                    f"the shares of {line.sector}, {USES[use]} use, add up to {filled[cell]:.6g} "
                    "with this line; expected 1 at most",
                )
    open_ = [line for line in lines if not line.stated]
    at = doubt(np.array([line.rate for line in open_]), written=any(line.place for line in open_))
    if at is not None:
        raise open_[at].error(
            "rate", question(open_[at].rate, _STATED.format(100.0 * open_[at].rate))
        )


def _read_csv(path: Path) -> tuple[list[Line], dict[str, str]]:
    """Read the lines of a CSV file, and what it says of the whole schedule."""
    file = open_csv(path, "a schedule, with the columns sector and rate")
    table = Table(file, ("sector", "rate"), _COLUMNS)
    known = ("sector", "rate", *_COLUMNS)
    for heading in table.header:
        hint = nearest(heading, known)
        if heading and heading not in known and hint:
            raise DataError(
                f"{file.name}, row 1: column '{heading}' is not read{hint}; expected "
                f"{', '.join(known)}"
            )
    if table.has("share") and table.has("coverage"):
        raise DataError(
            f"{file.name}, row 1: columns share and coverage hold the same, so that it is not "
            "clear which is meant; keep one"
        )
    lines, statuses = [], []
    for row in table.rows():
        lines.append(_line(row, "coverage" if table.has("coverage") else "share"))
        statuses += [row.text("status")] if table.has("status") and row.text("status") else []
        if len(set(statuses)) > 1:
            raise row.error(
                "status",
                f"'{statuses[-1]}' stands beside '{statuses[0]}' above; a schedule has one "
                "status, so put them into two files",
            )
    if not lines:
        raise DataError(f"{file.name} has no rows; expected a sector and a rate in each")
    return lines, {"status": statuses[0]} if statuses else {}


def _line(row: Row, share: str) -> Line:
    sector = row.text("sector")
    if not sector:
        raise row.error("sector", "the cell is empty; expected the code of a sector")
    numbers = {}
    for column, known in (("rate", "0"), (share, "1")):
        text = row.text(column, known)
        if percentage(text) is None and row.table.has(column):
            row.number_in(column)
        numbers[column] = text
    return Line(
        sector,
        numbers["rate"],  # type: ignore[arg-type]  # a text says whether percent are meant
        row.text("use", BOTH) or BOTH,
        row.text("part", ""),
        numbers[share],  # type: ignore[arg-type]
        row.text("legal_basis", ""),
        row.text("note", ""),
        place=f"{row.table.file.name}, row {row.number}",
        called=share,
    )


def _read_toml(path: Path) -> tuple[list[Line], dict[str, str]]:
    """Read the lines of a TOML file, and what it says of the whole schedule."""
    name = clean(str(path))
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{name} cannot be read as TOML: {error}") from None
    _check_keys(name, found, ("schedule", "line"))
    said, lines = found.get("schedule", {}), found.get("line", [])
    tables = isinstance(lines, list) and all(isinstance(each, dict) for each in lines)
    if not isinstance(said, dict) or not tables or not lines:
        raise DataError(
            f"{name} holds no lines; expected a table [schedule] and a table [[line]] for each "
            "sector, with the keys sector and rate"
        )
    _check_keys(f"{name}, [schedule]", said, _KEYS)
    made = []
    for k, each in enumerate(lines, 1):
        place = f"{name}, [[line]] {k}"
        _check_keys(place, each, ("sector", "rate", *_LINE), needed=("sector", "rate"))
        if {"share", "coverage"} <= each.keys():
            raise DataError(f"{place}: keys share and coverage hold the same; keep one")
        called = "coverage" if "coverage" in each else "share"
        fields = {"share" if key == called else key: value for key, value in each.items()}
        made.append(Line(**fields, place=place, called=called))
    return made, {key: str(value) for key, value in said.items()}


def _check_keys(
    place: str, found: Mapping[str, Any], known: Sequence[str], needed: Sequence[str] = ()
) -> None:
    for key in found:
        if key not in known:
            raise DataError(
                f"{place}: key '{key}' is not known{nearest(key, known)}; expected "
                f"{', '.join(known)}"
            )
    for key in needed:
        if key not in found:
            raise DataError(f"{place}: key '{key}' is missing")


def _is_date(text: str) -> bool:
    try:
        return day.fromisoformat(text).isoformat() == text
    except (TypeError, ValueError):
        return False
