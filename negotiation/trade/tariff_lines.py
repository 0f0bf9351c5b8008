"""Lines of a schedule of duties: what one says, and how files of them are read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.tolerances import SHARE_SUM, TARIFF_BAN
from negotiation.trade.checks import USES
from negotiation.trade.data.csv_file import Row, Table, open_csv
from negotiation.trade.rates import doubt, percentage, question
from negotiation.words import clean

BOTH = "both"

#: What a file may say of a whole schedule.
KEYS = ("name", "imposer", "target", "kind", "date", "status", "legal_basis", "source")

_STATED = "a percent sign says that it is meant: {:g}%"
_LINE = ("use", "part", "share", "coverage", "legal_basis", "note")


@dataclass(frozen=True)
class TariffLine:
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
Lines = Iterable[TariffLine] | Mapping[Any, Any]


# --- lines, from Python and from files ------------------------------------------------------------


def lines_of(given: Lines) -> Iterator[TariffLine]:
    """Yield the lines, of themselves or of a mapping of sectors to rates."""
    if not isinstance(given, Mapping):
        for each in given:
            if not isinstance(each, TariffLine):
                raise ParameterError(
                    f"{each!r:.60} is no line of a schedule; expected TariffLine('STL', 0.25), "
                    "or a mapping of sectors to rates"
                )
            yield each
        return
    for key, value in given.items():
        sector, use = (key, BOTH) if isinstance(key, str) else key
        rate, share = value if isinstance(value, tuple | list) else (value, 1.0)
        yield TariffLine(sector, rate, use, share=share)


def check_lines(lines: Sequence[TariffLine]) -> None:
    """Refuse parts that stand twice or do not fit into their cell, and rates in doubt."""
    seen: dict[tuple[str, int, str], TariffLine] = {}
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


def read_csv(path: Path) -> tuple[list[TariffLine], dict[str, str]]:
    """Read the lines of a CSV file, and what it says of the whole schedule."""
    file = open_csv(path, "a schedule, with the columns sector and rate")
    table = Table(file, ("sector", "rate"), (*_LINE, "status"))
    known = ("sector", "rate", *_LINE, "status")
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


def _line(row: Row, share: str) -> TariffLine:
    sector = row.text("sector")
    if not sector:
        raise row.error("sector", "the cell is empty; expected the code of a sector")
    numbers = {}
    for column, known in (("rate", "0"), (share, "1")):
        text = row.text(column, known)
        if percentage(text) is None and row.table.has(column):
            row.number_in(column)
        numbers[column] = text
    return TariffLine(
        sector,
        numbers["rate"],  # type: ignore[arg-type]  # a text says whether percent are meant
        row.text("use", BOTH) or BOTH,
        row.text("part", ""),
        numbers[share],  # type: ignore[arg-type]  # as the rate
        row.text("legal_basis", ""),
        row.text("note", ""),
        place=f"{row.table.file.name}, row {row.number}",
        called=share,
    )


def read_toml(path: Path) -> tuple[list[TariffLine], dict[str, str]]:
    """Read the lines of a TOML file, and what it says of the whole schedule."""
    import tomllib

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
    _check_keys(f"{name}, [schedule]", said, KEYS)
    made = []
    for k, each in enumerate(lines, 1):
        place = f"{name}, [[line]] {k}"
        _check_keys(place, each, ("sector", "rate", *_LINE), needed=("sector", "rate"))
        if {"share", "coverage"} <= each.keys():
            raise DataError(f"{place}: keys share and coverage hold the same; keep one")
        called = "coverage" if "coverage" in each else "share"
        fields = {"share" if key == called else key: value for key, value in each.items()}
        made.append(TariffLine(**fields, place=place, called=called))
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
