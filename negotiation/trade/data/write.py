"""Write the folder that `World.from_csv` reads, with a README of where it comes from."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from negotiation.errors import DataError, OutputError
from negotiation.trade.data.table import Array, TradeTable
from negotiation.trade.world import World
from negotiation.words import clean, spreadsheet

FILES = ("regions.csv", "sectors.csv", "flows.csv", "input_coefficients.csv", "README.md")

#: Largest relative difference between what is written and what is read back: rounding only.
_SAME = 1e-9


def check_folder(folder: str | Path, force: bool = False) -> Path:
    """Refuse a folder that is not to be written to, before any work is done.

    Raises
    ------
    OutputError
    """
    if not str(folder).strip():
        raise OutputError("the name of the folder is empty; give one, such as data")
    folder = Path(folder)
    name = clean(str(folder))
    if folder.is_symlink() and not folder.exists():
        raise OutputError(
            f"{name} is a link to {clean(os.readlink(folder))}, which does not exist; make that "
            "folder, or give another"
        )
    if folder.parent.is_dir():
        _recover(folder)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{name} is a file; give the name of a folder")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise OutputError(f"{name} is not empty; choose another folder, or overwrite with --force")
    if not folder.parent.is_dir():
        raise OutputError(
            f"{name} cannot be written: folder {clean(str(folder.parent))} is missing"
        )
    for file in FILES:
        if (folder / file).is_dir():
            raise OutputError(
                f"{clean(str(folder / file))} is a folder where a file is to be written; remove it "
                "or choose another place"
            )
    return folder


def write_folder(
    table: TradeTable,
    folder: str | Path,
    *,
    force: bool = False,
    pool_tariffs: bool = False,
    origin: Mapping[str, str] | None = None,
) -> World:
    """Write a settled table as the four files of `World.from_csv` and a README.md.

    Everything is written in full precision to a folder beside the place, read back and compared,
    and then takes the place of the old folder as a whole: the old world or the new one. Other files
    of the old folder are kept.

    Parameters
    ----------
    table : TradeTable
    folder : path
    force : bool
        Overwrite the files of a folder that has any.
    pool_tariffs : bool
        Where tariffs differ by use write their mean weighted with sales; the folder holds one.
    origin : mapping of str to str, optional
        What the README says of the source, name by name.

    Returns
    -------
    World
        As it is read back.

    Raises
    ------
    OutputError
        Where the folder is not empty, or cannot be written.
    DataError
        Where an identity fails, or tariffs differ by use.
    """
    folder = check_folder(folder, force)
    name = clean(str(folder))
    table = _one_tariff(table, pool_tariffs)
    world = table.to_world()
    part = _sibling(folder, "new")
    try:
        part.mkdir()
        for file, rows in _files(table, world):
            with (part / file).open("w", newline="", encoding="utf-8") as opened:
                csv.writer(opened, lineterminator="\n").writerows(map(spreadsheet, rows))
        (part / "README.md").write_text(_readme(table, world, origin or {}), encoding="utf-8")
        again = World.from_csv(part, tariff_unit="fraction")
        _compare(world, again, name)
        _swap(part, folder)
    except OSError as error:
        raise OutputError(f"{name} cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return dataclasses.replace(again, source=str(folder))


def _sibling(folder: Path, kind: str) -> Path:
    """Folder beside another, on the same disk: `new` is being written, `old` makes way for it."""
    real = Path(os.path.realpath(folder))
    return real.parent / f".{real.name}.negotiation-{kind}"


def _recover(folder: Path) -> None:
    """Tidy up after a run that was killed: the old folder comes back if it had made way."""
    old, real = _sibling(folder, "old"), Path(os.path.realpath(folder))
    try:
        if old.is_dir() and not real.exists():
            old.rename(real)
        for leftover in (old, _sibling(folder, "new")):
            if leftover.is_dir():
                shutil.rmtree(leftover)
    except OSError as error:
        raise OutputError(
            f"{clean(str(folder))} cannot be written: {error.strerror or error}"
        ) from None


def _swap(part: Path, folder: Path) -> None:
    """Put a folder of files, forced to the disk, in the place of another, as a whole.

    What else the old folder holds moves along. Whoever looks sees the old folder or the new one,
    and for a moment none; a run that is killed in that moment is mended by the next.
    """
    real, old = Path(os.path.realpath(folder)), _sibling(folder, "old")
    for file in part.iterdir():
        with file.open("r+b") as opened:
            os.fsync(opened.fileno())
    if not real.exists():
        _rename(part, real)
        return
    shutil.copymode(real, part)
    for each in real.iterdir():
        if each.name not in FILES:
            if each.is_dir() and not each.is_symlink():
                shutil.copytree(each, part / each.name, symlinks=True)
            else:
                shutil.copy2(each, part / each.name, follow_symlinks=False)
    _rename(real, old)
    try:
        _rename(part, real)
    except BaseException:
        _rename(old, real)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _rename(before: Path, after: Path) -> None:
    """Rename a folder; on Windows a scanner may hold a file in it for a moment."""
    for pause in (0.05, 0.2, 0.5) if sys.platform == "win32" else ():
        try:
            before.rename(after)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    before.rename(after)


def _one_tariff(table: TradeTable, pool: bool) -> TradeTable:
    """Return a table whose tariff is the same for both uses."""
    flows, tariff = table.flows, table.tariff
    sold = flows > 0.0
    both = sold.all(axis=-1)
    apart = both & (tariff[..., 0] != tariff[..., 1])
    # The rate of a use in which nothing is sold charges nothing: the other one stands for both.
    rate = np.where(sold[..., 0] & ~sold[..., 1], tariff[..., 0], tariff[..., 1])
    if apart.any():
        i, n, s = np.argwhere(apart)[0]
        where = f"{table.regions[i]} to {table.regions[n]}, {table.sectors[s]}"
        if not pool:
            raise DataError(
                f"{table.source}: the tariff from {where} is {tariff[i, n, s, 0]:g} on "
                f"intermediate and {tariff[i, n, s, 1]:g} on final goods ({apart.sum()} such), but "
                "a folder holds one rate for both; write their mean with --pool-tariffs"
            )
        mean = (flows * tariff).sum(axis=-1) / np.where(both, flows.sum(axis=-1), 1.0)
        rate = np.where(apart, mean, rate)
        most = np.abs(tariff - rate[..., None])[apart].max()
        table = table.noted(
            f"{apart.sum()} tariffs that differ by use replaced by their mean weighted with sales, "
            f"by {most:.3g} at most"
        )
    return dataclasses.replace(table, tariff=np.repeat(rate[..., None], 2, axis=-1))


def _files(table: TradeTable, world: World) -> Iterator[tuple[str, list[Sequence[object]]]]:
    regions, sectors = world.regions, world.sectors
    delivered = world.flows[..., 0].sum(axis=0)
    added = world.output.sum(axis=1) - delivered.sum(axis=1)
    final = world.flows[..., 1].sum(axis=(0, 2))
    members = table.region_members or tuple((code,) for code in regions)
    rows: list[Sequence[object]] = [
        ("region", "name", "members", "value_added_usd_m", "final_expenditure_usd_m")
    ]
    rows += [
        (code, _at(table.region_names, n), " ".join(members[n]), float(added[n]), float(final[n]))
        for n, code in enumerate(regions)
    ]
    yield "regions.csv", rows
    members = table.sector_members or tuple((code,) for code in sectors)
    sets = ["central", *(each for each in table.theta if each != "central")]
    rows = [("sector", "name", "members", "table", *(f"theta_{each}" for each in sets))]
    rows += [
        (
            code,
            _at(table.sector_names, s),
            " ".join(members[s]),
            _at(table.tables, s) or "other",
            *(float(table.theta[each][s]) for each in sets),
        )
        for s, code in enumerate(sectors)
    ]
    yield "sectors.csv", rows
    columns = ("intermediate_usd_m", "final_usd_m", "tariff")
    rows = [("sector", "origin", "destination", *columns)]
    rows += [
        (
            sector,
            origin,
            destination,
            *world.flows[i, n, s].tolist(),
            float(world.tariff[i, n, s, 0]),
        )
        for s, sector in enumerate(sectors)
        for i, origin in enumerate(regions)
        for n, destination in enumerate(regions)
    ]
    yield "flows.csv", rows
    net = _net_shares(world, delivered)
    rows = [("region", "using_sector", "input_sector", "coefficient")]
    rows += [
        (region, user, used, float(net[n, k, s]))
        for n, region in enumerate(regions)
        for s, user in enumerate(sectors)
        for k, used in enumerate(sectors)
    ]
    yield "input_coefficients.csv", rows


def _net_shares(world: World, delivered: Array) -> Array:
    """(N, S, S) cost shares of inputs net of tariffs, which is what the files hold."""
    gross = world.spending[..., 0]
    scale = np.divide(delivered, gross, out=np.zeros_like(gross), where=gross > 0.0)
    return np.asarray(world.input_share * scale[:, :, None])


def _at(words: Sequence[str], at: int) -> str:
    return words[at] if words else ""


def _compare(world: World, again: World, name: str) -> None:
    """Refuse a folder that is read back as another world."""
    for what in ("flows", "tariff", "input_share", "value_added_share", "trade_elasticity"):
        before, after = getattr(world, what), getattr(again, what)
        if not np.allclose(after, before, rtol=_SAME, atol=_SAME):
            raise DataError(f"{name}: {what} read back differs from what was written")


def _readme(table: TradeTable, world: World, origin: Mapping[str, str]) -> str:
    """Say where the data come from and what was done to them."""
    lines = ["# Trade data", "", "Written by `negotiation data import`.", ""]
    facts = {
        "source": table.source,
        **origin,
        "imported": datetime.date.today().isoformat(),
        "regions": str(len(world.regions)),
        "sectors": str(len(world.sectors)),
        "world output": f"{world.output.sum():.9g}",
        "world trade": f"{_trade(world):.9g}",
    }
    lines += ["| | |", "| --- | --- |"]
    lines += [f"| {name} | {_cell(value)} |" for name, value in facts.items()]
    lines += ["", "## What was merged, dropped or changed", ""]
    lines += [f"- {note}" for note in table.notes] or ["Nothing."]
    lines += [
        "",
        "## Files",
        "",
        "`regions.csv`, `sectors.csv` (`members`: codes of the source that each is made of), "
        "`flows.csv`",
        "(sales net of tariffs, home included), `input_coefficients.csv` (cost shares net of "
        "tariffs).",
        "Columns `usd_m` hold the money unit of the source. Value added is output less inputs.",
        "",
    ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _trade(world: World) -> float:
    pairs = world.flows.sum(axis=(2, 3))
    return float(pairs.sum() - np.trace(pairs))
