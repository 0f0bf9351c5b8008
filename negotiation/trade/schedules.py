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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as day
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.tolerances import SHARE_SUM, TARIFF_BAN
from negotiation.trade.checks import USES
from negotiation.trade.data.csv_file import Table
from negotiation.trade.tariff_lines import (
    KEYS,
    Lines,
    TariffLine,
    check_lines,
    lines_of,
    read_csv,
    read_toml,
)
from negotiation.trade.wedges import WHOLE, Parts
from negotiation.trade.world import World
from negotiation.words import brief, clean

IMPORT_DUTY, EXPORT_TAX = KINDS = ("import duty", "export tax")
STATUSES = ("in_force", "superseded", "announced", "void", "hypothetical")

#: Target of a duty on the trade with every other region.
EVERYONE = "all"

#: Name of the part that a schedule does not name, and a second one where a file has a `rest`.
_REST = ("rest", "unlisted")

#: Negotiating table of sectors that are not negotiated.
_UNTABLED = "none"


@dataclass(frozen=True, init=False)
class Schedule:
    """Duties that one region imposes on its trade with another, with their legal basis.

    Attributes
    ----------
    name : str
    imposer, target : str
        Codes of regions; the target may be `all`. Both may be empty in a file that is aimed later,
        by `between`.
    lines : tuple of TariffLine
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
    lines: tuple[TariffLine, ...] = ()
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
            "lines": tuple(lines_of(lines)),
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
        check_lines(self.lines)

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
        lines, said = read_toml(path) if path.suffix.lower() == ".toml" else read_csv(path)
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

    def cell(self, sector: str, use: int) -> tuple[TariffLine, ...]:
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
            parts.append(TariffLine(sector, 0.0, USES[use], rest, left))
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
                    f"of {', '.join(sectors)}; 'negotiation data show MODEL' says what they are",
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
            ("schedule", *(each for each in KEYS if each not in ("name", "kind"))),
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
                f"{', '.join(self.rows)}, or give a CSV or TOML file"
            )
        if name not in self._kept:
            said = {each: self.rows[name][each] for each in KEYS if each != "name"}
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
        return self.schedule(self.latest_name(imposer, target, status, kind))

    def latest_name(
        self,
        imposer: str,
        target: str,
        status: str = "in_force",
        kind: str = IMPORT_DUTY,
    ) -> str:
        """Return the name of that schedule, from the index alone: its file is not read."""
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
        return max(found)[1]


def read_schedules(
    duties: Mapping[str, Schedule | str | os.PathLike[str]],
    pairs: Mapping[str, tuple[str, str]],
    catalogue: Catalogue | None = None,
) -> dict[str, Schedule]:
    """Return the schedules that stand for postures, as in `{"us.escalate": "own.csv"}`.

    Parameters
    ----------
    duties : mapping of str to Schedule, path or name
        By posture: a schedule, a CSV or TOML file of one, or its name in the catalogue.
    pairs : mapping of str to (str, str)
        Imposer and target by posture: which postures there are, and where their duties apply.
    catalogue : Catalogue, optional

    Raises
    ------
    ParameterError
        For a posture that there is not, or what is no schedule of these two regions.
    DataError
        For a file that is broken.
    """
    found: dict[str, Schedule] = {}
    for posture, given in duties.items():
        if posture not in pairs:
            raise ParameterError(
                f"there is no posture '{posture}'{nearest(posture, pairs)}; choose from "
                f"{', '.join(pairs)}"
            )
        try:
            found[posture] = _schedule(given, catalogue).between(*pairs[posture], IMPORT_DUTY)
        except ParameterError as error:
            raise ParameterError(f"duties of {posture}: {error}") from None
    return found


def _schedule(given: Any, catalogue: Catalogue | None) -> Schedule:
    """Return the schedule that was given, is in a file, or has this name."""
    if isinstance(given, Schedule):
        return given
    if not isinstance(given, str | os.PathLike):
        raise ParameterError(
            f"{brief(given)} is no schedule; expected a Schedule, or the path of a CSV or TOML file"
        )
    path = Path(given)
    if path.suffix.lower() in (".csv", ".toml"):
        return Schedule.read(path)
    if catalogue is not None:
        return catalogue.schedule(os.fspath(given))
    raise ParameterError(f"'{os.fspath(given)}' is no schedule; expected a CSV or TOML file")


def _is_date(text: str) -> bool:
    try:
        return day.fromisoformat(text).isoformat() == text
    except (TypeError, ValueError):
        return False
