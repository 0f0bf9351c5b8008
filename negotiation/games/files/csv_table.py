"""Payoff tables in CSV: one row per profile, or a grid for two players."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from itertools import product
from math import prod
from typing import NamedTuple, NoReturn

from negotiation.errors import DataError, PayoffError, nearest
from negotiation.games.files.table import (
    MAX_PAYOFFS,
    MAX_PLAYERS,
    Deadline,
    can_be_written,
    check,
    exact_game,
    exact_payoffs,
    read_number,
    some,
    write_number,
)
from negotiation.games.game import Game
from negotiation.words import from_spreadsheet, shown, spreadsheet

#: Columns that hold payoffs begin with this; the rest is the player's name.
PAYOFF = "payoff_"


class _Row(NamedTuple):
    line: int
    cells: list[str]


class _Sheet:
    """Rows of a CSV file with the lines they stand on."""

    def __init__(self, text: str, name: str, deadline: Deadline | None = None) -> None:
        self.name, self.deadline = name, deadline
        self.rows: list[_Row] = []
        first = next(line for line in text.split("\n") if line.strip())
        # Spreadsheets in half of Europe separate with semicolons; tables are pasted with tabs.
        self.delimiter = max(",;\t", key=first.count)
        reader = csv.reader(
            io.StringIO(text), delimiter=self.delimiter, strict=True, skipinitialspace=True
        )
        line = 1
        try:
            for count, cells in enumerate(reader):
                if count % 1024 == 0:
                    check(deadline, name)
                if any(cell.strip() for cell in cells):
                    read = [from_spreadsheet(cell.strip()) for cell in cells]
                    self.rows.append(_Row(line, read))
                line = reader.line_num + 1
        except csv.Error as error:
            self.fail(line, "", f"cannot be read as CSV: {error}")
        width = len(self.rows[0].cells)
        for row in self.rows[1:]:
            if len(row.cells) != width:
                column = min(len(row.cells), width) + 1
                self.fail(
                    row.line,
                    str(column),
                    f"found {len(row.cells)} cells; expected {width}, as many as the header has"
                    + self._hint(row),
                )

    def _hint(self, row: _Row) -> str:
        joined = self.delimiter == "," and len(row.cells) > len(self.rows[0].cells)
        return " (a cell that holds a comma stands in quotes)" if joined else ""

    def fail(self, line: int, column: str, what: str) -> NoReturn:
        """Raise the error for a cell."""
        where = f", column {column}" if column else ""
        raise DataError(f"{self.name}, line {line}{where}: {what}")

    def number(self, line: int, column: str, text: str) -> Fraction:
        """Read a cell as a number."""
        try:
            return read_number(text)
        except ValueError as error:
            found = shown(text) if text else "an empty cell"
            said = str(error) if text else "is not a number"
            hint = "; write a decimal point, not a comma" if "," in text else ""
            self.fail(
                line,
                column,
                f"{found} {said}; expected a payoff such as 2, -0.5, 1e3 or 1/3{hint}",
            )


def read_csv(text: str, name: str, deadline: Deadline | None = None) -> Game:
    """Read a table of payoffs.

    Long form, any number of players: a column of actions for each player and a column `payoff_X`
    for each player X; one row for each profile, in any order. Grid, two players: the second
    player's actions in the first row, the first player's in the first column, cells such as
    `2, -1/3`; the corner may name the players, `canada / us`.

    Raises
    ------
    DataError
        With file, line and column of what cannot be read.
    """
    sheet = _Sheet(text, name, deadline)
    if any(cell.startswith(PAYOFF) for cell in sheet.rows[0].cells):
        return _long(sheet)
    return _grid(sheet)


def _header(sheet: _Sheet) -> list[str]:
    """Check the header of a long table; return the players."""
    line, names = sheet.rows[0]
    for k, column in enumerate(names, start=1):
        if not column:
            sheet.fail(line, str(k), "the column has no name; expected a player or payoff_PLAYER")
        if names.index(column) + 1 < k:
            sheet.fail(line, str(k), f"the column {shown(column)} occurs twice; keep one")
    players = [column for column in names if not column.startswith(PAYOFF)]
    if not 2 <= len(players) <= MAX_PLAYERS:
        sheet.fail(
            line,
            "1",
            f"found {len(players)} columns of actions; expected 2 to {MAX_PLAYERS}, each named "
            "after a player",
        )
    paid = [column.removeprefix(PAYOFF) for column in names if column.startswith(PAYOFF)]
    for who in paid:
        if who not in players:
            sheet.fail(
                line,
                str(names.index(PAYOFF + who) + 1),
                f"{shown(PAYOFF + who)} is the payoff of no player{nearest(who, players)}; columns "
                f"of actions are {some(players)}",
            )
    for player in players:
        if player not in paid:
            sheet.fail(
                line,
                str(names.index(player) + 1),
                f"{shown(player)} has no payoffs; expected a column {PAYOFF}{player}",
            )
    return players


def _long(sheet: _Sheet) -> Game:
    players = _header(sheet)
    names = sheet.rows[0].cells
    actions: list[dict[str, int]] = [{} for _ in players]
    seen: dict[tuple[int, ...], tuple[int, list[Fraction]]] = {}
    if (len(sheet.rows) - 1) * len(players) > MAX_PAYOFFS:
        sheet.fail(sheet.rows[0].line, "", f"more than {MAX_PAYOFFS:,} payoffs follow, the limit")
    at = {column: k for k, column in enumerate(names)}
    for count, (line, cells) in enumerate(sheet.rows[1:]):
        if count % 1024 == 0:
            check(sheet.deadline, sheet.name)
        profile = []
        for player, known in zip(players, actions, strict=True):
            action = cells[at[player]]
            if not action:
                sheet.fail(line, player, "an empty cell; expected an action")
            profile.append(known.setdefault(action, len(known)))
        values = [
            sheet.number(line, PAYOFF + player, cells[at[PAYOFF + player]]) for player in players
        ]
        before = seen.setdefault(tuple(profile), (line, values))
        if before[1] is not values:
            sheet.fail(
                line,
                players[0],
                f"the profile {'/'.join(cells[at[p]] for p in players)} stands in line "
                f"{before[0]} already; expected each once",
            )
    if not seen:
        sheet.fail(sheet.rows[0].line, "", "no rows follow; expected one for each profile")
    payoffs: list[Fraction] = []
    sizes = [len(known) for known in actions]
    for index in product(*map(range, sizes)):
        # A hole is met before the table is longer than the file.
        if index not in seen:
            labels = [list(known)[k] for known, k in zip(actions, index, strict=True)]
            sheet.fail(
                sheet.rows[-1].line,
                "",
                f"no row for the profile {'/'.join(labels)}; {len(seen)} of {prod(sizes)} profiles "
                "were found by the last row, expected each once",
            )
        payoffs.extend(seen[index][1])
    return exact_game(players, [tuple(known) for known in actions], payoffs, nfg=False)


def _grid(sheet: _Sheet) -> Game:
    line, (corner, *columns) = sheet.rows[0]
    if not columns or len(sheet.rows) == 1:
        sheet.fail(
            line,
            "1",
            "found no payoffs; expected a header such as canada,us,payoff_canada,payoff_us, or a "
            "grid with the second player's actions in the first row",
        )
    players = [part.strip() for part in corner.replace("\\", "/").replace("|", "/").split("/")]
    if len(players) != 2 or not all(players) or players[0] == players[1]:
        if corner:
            sheet.fail(
                line,
                "1",
                f"found {shown(corner)} in the corner of a grid; expected nothing or both players, "
                "such as canada / us, or in a table of rows a column payoff_PLAYER",
            )
        players = ["row", "column"]
    rows = [row.cells[0] for row in sheet.rows[1:]]
    for labels, lines in ((columns, None), (rows, [row.line for row in sheet.rows[1:]])):
        first: dict[str, int] = {}
        for k, label in enumerate(labels):
            here = (line, str(k + 2)) if lines is None else (lines[k], "1")
            if not label:
                sheet.fail(*here, "an empty cell; expected an action")
            if first.setdefault(label, k) != k:
                sheet.fail(*here, f"the action {shown(label)} occurs twice; expected each once")
    payoffs: list[Fraction] = []
    for at, cells in sheet.rows[1:]:
        check(sheet.deadline, sheet.name)
        for k, cell in enumerate(cells[1:], start=2):
            parts = (
                cell.strip("()")
                .replace(";", ",")
                .split("," if "," in cell or ";" in cell else None)
            )
            if len(parts) != 2:
                sheet.fail(
                    at,
                    str(k),
                    f"found {shown(cell) if cell else 'an empty cell'}; expected the payoffs of "
                    f"{players[0]} and {players[1]}, such as 2, -1/3",
                )
            payoffs += [sheet.number(at, str(k), part.strip()) for part in parts]
    return exact_game(players, [rows, columns], payoffs, nfg=False)


def write_csv(game: Game) -> str:
    """Return a game as the text of a payoff table in long form; payoffs are read back exactly.

    Raises
    ------
    PayoffError
        For a batch of games, a payoff that is not finite, or a label that no table can hold.
    """
    exact = exact_payoffs(game)
    for labels in (game.players, *game.actions):
        for label in labels:
            if not label or label != label.strip() or not can_be_written(label):
                raise PayoffError(f"the label {label!r} cannot stand in a table; expected a word")
    for player in game.players:
        if player.startswith(PAYOFF):
            raise PayoffError(f"player '{player}' cannot head a column: {PAYOFF} marks payoffs")
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(spreadsheet([*game.players, *(PAYOFF + player for player in game.players)]))
    columns = [own.ravel() for own in exact]
    for profile, values in zip(game.profiles, zip(*columns, strict=True), strict=True):
        writer.writerow(spreadsheet([*profile, *map(write_number, values)]))
    return file.getvalue()
