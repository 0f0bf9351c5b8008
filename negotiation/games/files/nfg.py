"""Gambit's strategic games, `.nfg`: both versions of the body are read, the payoff one is written.

The format is described in the documentation of Gambit (Savani and Turocy, "Gambit: the package for
computation in game theory"). From one profile to the next the FIRST player's strategy changes
fastest.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod

from negotiation.errors import PayoffError
from negotiation.games.files.scan import Scanner, distinct, header, player_names
from negotiation.games.files.table import (
    MAX_PAYOFFS,
    MAX_PLAYERS,
    Deadline,
    can_be_written,
    cells,
    exact_game,
    exact_payoffs,
    write_number,
)
from negotiation.games.game import Game


def read_nfg(text: str, name: str, deadline: Deadline | None = None) -> tuple[str, str, Game]:
    """Read title, comment and game.

    Raises
    ------
    DataError
        With file, line and column of what cannot be read.
    """
    scanner = Scanner(text, name, deadline)
    title = header(scanner, "NFG", "1")
    start = scanner.current.start
    players = player_names(scanner, MAX_PLAYERS)
    if len(players) < 2:
        scanner.fail_at(start, "there is 1 player; expected at least two")
    start = scanner.current.start
    sizes, labels = _strategies(scanner, players)
    comment = scanner.next().text if scanner.current.kind == "text" else ""
    if cells(sizes) > MAX_PAYOFFS:
        scanner.fail_at(
            start,
            f"{' x '.join(map(str, sizes))} strategies make {cells(sizes):,} payoffs; at most "
            f"{MAX_PAYOFFS:,} are read",
        )
    if scanner.current.kind == "{":
        payoffs = _outcomes(scanner, players, sizes)
    elif scanner.current.kind in ("number", "end"):
        payoffs = _payoffs(scanner, players, sizes)
    else:
        scanner.fail("the payoffs, or '{' and a list of outcomes")
    # Labels are made only now: that many numbers were there, so sizes are no larger than the file.
    actions = [
        distinct(own) if own else tuple(str(k) for k in range(1, size + 1))
        for own, size in zip(labels, sizes, strict=True)
    ]
    return title, comment, exact_game(players, actions, payoffs, nfg=True)


def _strategies(scanner: Scanner, players: tuple[str, ...]) -> tuple[list[int], list[list[str]]]:
    """Read `{ 3 2 }` or `{ { "a" "b" } { "c" "d" } }`: how many of each player, and their names."""
    scanner.take("{", "'{' and each player's strategies")
    sizes: list[int] = []
    labels: list[list[str]] = []
    named = scanner.current.kind == "{"
    for player in players:
        if named:
            start = scanner.current.start
            scanner.take("{", f"'{{' and the strategies of {player}")
            own = []
            while scanner.current.kind == "text":
                own.append(scanner.label("a strategy in quotes"))
            scanner.take("}", "a strategy in quotes or '}'")
            if not own:
                scanner.fail_at(start, f"{player} has no strategy; expected at least one")
            sizes.append(len(own))
            labels.append(own)
        else:
            sizes.append(scanner.integer(f"how many strategies {player} has, a whole number", 1))
            labels.append([])
    scanner.take("}", f"'}}' after the strategies of {len(players)} players")
    return sizes, labels


def _payoffs(scanner: Scanner, players: tuple[str, ...], sizes: list[int]) -> list[Fraction]:
    """Read the list of payoffs: all players' at the first profile, then at the second."""
    needed = cells(sizes)
    told = f"{needed} payoffs, {len(players)} at each of {prod(sizes)} profiles"
    values = scanner.only_numbers(needed)
    if values is not None:
        return values
    values = []
    for value, start in scanner.numbers():
        if len(values) == needed:
            scanner.fail_at(start, f"found one payoff too many; expected {told}")
        values.append(value)
    if len(values) < needed:
        scanner.fail(f"payoff {len(values) + 1} of {told}")
    scanner.end()
    return values


def _outcomes(scanner: Scanner, players: tuple[str, ...], sizes: list[int]) -> list[Fraction]:
    """Read a list of outcomes, then the number of the outcome at each profile; 0 pays nothing."""
    scanner.take("{", "a list of outcomes")
    outcomes = [[Fraction(0)] * len(players)]
    while scanner.current.kind == "{":
        outcomes.append(payoff_list(scanner, players, name_within=True))
    scanner.take("}", "'{' and an outcome, or '}'")
    needed = prod(sizes)
    values: list[Fraction] = []
    for value, start in scanner.numbers():
        if len(values) == needed * len(players):
            scanner.fail_at(
                start, f"found one outcome too many; expected {needed}, one for each profile"
            )
        if value.denominator != 1 or not 0 <= value < len(outcomes):
            scanner.fail_at(
                start,
                f"found outcome {value if len(str(value)) < 20 else 'number'}; expected a number "
                f"from 0, which pays nothing, to {len(outcomes) - 1}",
            )
        values.extend(outcomes[int(value)])
    if len(values) < needed * len(players):
        scanner.fail(
            f"the outcome of each of {needed} profiles, of which {len(values) // len(players)} "
            "came before"
        )
    scanner.end()
    return values


def payoff_list(scanner: Scanner, players: tuple[str, ...], *, name_within: bool) -> list[Fraction]:
    """Read `{ "name" 1, 2 }`, or without the name: one payoff per player."""
    scanner.take("{", "'{' and a payoff for each player")
    if name_within and scanner.current.kind == "text":
        scanner.next()
    values = [scanner.number(f"the payoff of {player}") for player in players]
    scanner.take("}", f"'}}' after the payoffs of {len(players)} players")
    return values


def write_nfg(game: Game, *, title: str = "", comment: str = "") -> str:
    """Return a game as the text of an `.nfg` file; payoffs are read back exactly.

    Raises
    ------
    PayoffError
        For a batch of games, a payoff that is not finite, or a label that no file can hold.
    """
    exact = exact_payoffs(game)
    for label in (*game.players, *(label for labels in game.actions for label in labels)):
        if not can_be_written(label):
            raise PayoffError(
                f"the label {label!r} cannot be written to a game file; expected text on one line"
            )
    lines = [
        f"NFG 1 R {_quoted(' '.join(title.split()))} {{ {' '.join(map(_quoted, game.players))} }}",
        "",
        "{ " + "\n".join(f"{{ {' '.join(map(_quoted, own))} }}" for own in game.actions) + "\n}",
        _quoted("".join(c for c in comment if c == "\n" or can_be_written(c))),
        "",
    ]
    first = len(game.actions[0])
    # All axes turned round: the last of them, the players, then the first player's strategies.
    numbers = [write_number(value) for value in exact.transpose().ravel()]
    width = first * len(game.players)
    lines += [" ".join(numbers[at : at + width]) for at in range(0, len(numbers), width)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
