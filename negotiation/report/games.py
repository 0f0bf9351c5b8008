"""Solved game files: a reading for people, a record for machines, lines for Gambit."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict

from negotiation.games import Equilibrium, EquilibriumSet
from negotiation.games.files import GameFile, SubgamePerfect, SubgamePerfectSet
from negotiation.moved import names_of
from negotiation.report.document import (
    Block,
    Document,
    Heading,
    Items,
    Notes,
    Number,
    Paragraph,
    Table,
)
from negotiation.report.profile import explain as explain_profile
from negotiation.report.schema import finished
from negotiation.report.text import WIDTH, text_table
from negotiation.tolerances import SAME_PROFILE
from negotiation.words import amount, opening

#: Most lines a mixture, the choices of one subgame-perfect equilibrium and the list of these take
#: in a table; the other formats hold all.
_MIXTURE, _CHOICES, _LISTED = 12, 24, 5

#: Most equilibria in a table; marked ones are always there.
_ROWS = 60


@dataclasses.dataclass(frozen=True, eq=False)
class SolvedGame:
    """A game file and what was found.

    Attributes
    ----------
    file : GameFile
    found : EquilibriumSet or None
        Of the strategic game; None where it could not be built.
    subgame_perfect : SubgamePerfectSet or None
        Of a tree with perfect information.
    selected : int
        Position of the equilibrium that a rule chose; -1 where none was asked for or found.
    note : str
        Why there is no strategic game; else empty.
    """

    file: GameFile
    found: EquilibriumSet | None
    subgame_perfect: SubgamePerfectSet | None = None
    selected: int = -1
    note: str = ""

    @cached_property
    def equilibria(self) -> list[Equilibrium]:
        """The certified equilibria."""
        return self.found.at() if self.found is not None else []

    @property
    def completeness(self) -> str:
        """What the set claims; `partial` where the strategic game could not be built."""
        return str(self.found.completeness) if self.found is not None else "partial"

    @cached_property
    def subgame_perfect_at(self) -> set[int]:
        """Positions of the pure equilibria that some subgame-perfect equilibrium plays."""
        several = self.subgame_perfect
        if several is None:
            return set()
        plans = {several.reduced(each) for each in several.equilibria}
        return {
            k
            for k, each in enumerate(self.equilibria)
            if tuple(
                actions[int(own.argmax())] if own.max() > 1 - SAME_PROFILE else ""
                for actions, own in zip(each.actions, each.strategies, strict=True)
            )
            in plans
        }

    @property
    def title(self) -> str:
        """Title and file."""
        return f"{self.file.title} ({self.file.name})" if self.file.title else self.file.name


# --- records --------------------------------------------------------------------------------------


class _GameEquilibrium(TypedDict):
    strategies: list[list[float | str]]
    payoffs: list[float | str]
    regret: float
    component: int | None
    method: str


class GameEquilibrium(_GameEquilibrium, total=False):
    """An equilibrium of a game in a file."""

    selected: bool
    subgame_perfect: bool
    action_payoffs: list[list[float]]
    explanation: list[str]


class Decision(TypedDict):
    """What is chosen at an information set."""

    player: str
    information_set: str
    action: str
    reached: bool


class Perfect(TypedDict):
    """A subgame-perfect equilibrium."""

    payoffs: list[float | str]
    choices: list[Decision]


class PerfectSet(TypedDict):
    """The subgame-perfect equilibria of a tree with perfect information."""

    complete: bool
    equilibria: list[Perfect]


class _SolvedFile(TypedDict):
    file: str
    format: str
    title: str
    comment: str
    players: list[str]
    actions: list[list[str]] | None
    complete: bool
    completeness: str
    degenerate: bool | None
    equilibria: list[GameEquilibrium]


class SolvedFile(_SolvedFile, total=False):
    """A game file and its equilibria."""

    subgame_perfect: PerfectSet
    note: str


def record(solved: SolvedGame, *, exact: bool = False, explain: bool = False) -> dict[str, Any]:
    """Everything about a solved file, ready for JSON."""
    told: dict[str, Any] = finished(_record(solved, exact=exact, explain=explain), SolvedFile)
    return told


def _record(solved: SolvedGame, *, exact: bool, explain: bool) -> dict[str, Any]:
    """Everything about a solved file, ready for JSON.

    Parameters
    ----------
    exact : bool
        Probabilities and payoffs that are known exactly as text, such as `1/3`.
    explain : bool
        With why each is an equilibrium, and what every action pays against the others' play.
    """
    file, found = solved.file, solved.found
    result: dict[str, Any] = {
        "file": file.name,
        "format": file.kind,
        "title": file.title,
        "comment": file.comment,
        "players": list(file.players),
        "actions": [list(own) for own in found.game.actions] if found is not None else None,
        "complete": solved.completeness == "complete",
        "completeness": solved.completeness,
        "degenerate": bool(found.degenerate) if found is not None else None,
        "equilibria": [
            _equilibrium_record(solved, k, each, exact, explain)
            for k, each in enumerate(solved.equilibria)
        ],
    }
    if solved.subgame_perfect is not None:
        several = solved.subgame_perfect
        result["subgame_perfect"] = {
            "complete": several.complete,
            "equilibria": [
                {
                    "payoffs": [_number(value, exact) for value in each.payoffs],
                    "choices": [
                        {
                            "player": file.players[at.player],
                            "information_set": at.label,
                            "action": action,
                            "reached": reached,
                        }
                        for reached, _, at, action in several.decisions(each)
                    ],
                }
                for each in several.equilibria
            ],
        }
    if solved.note:
        result["note"] = solved.note
    return result


def _equilibrium_record(
    solved: SolvedGame, k: int, each: Equilibrium, exact: bool, explain: bool
) -> dict[str, Any]:
    strategies, payoffs = _values(each, exact)
    result: dict[str, Any] = {
        "strategies": [[_number(q, exact) for q in own] for own in strategies],
        "payoffs": [_number(value, exact) for value in payoffs],
        "regret": each.regret,
        "component": each.component if each.component >= 0 else None,
        "method": each.proposed_by,
    }
    if solved.selected >= 0:
        result["selected"] = k == solved.selected
    if solved.subgame_perfect is not None:
        result["subgame_perfect"] = k in solved.subgame_perfect_at
    if explain and solved.found is not None:
        result["action_payoffs"] = [
            [float(value) for value in own] for own in solved.found.game.values(each.strategies)
        ]
        result["explanation"] = explain_profile(solved.found.game, each)
    return result


def _values(each: Equilibrium, exact: bool) -> tuple[Any, Any]:
    """Strategies and payoffs, as rationals where these are asked for and known."""
    if exact and each.exact is not None and each.exact_payoffs is not None:
        return each.exact, each.exact_payoffs
    return each.strategies, each.payoffs


def _number(value: Any, exact: bool) -> str | float:
    return str(value) if exact and isinstance(value, Fraction) else float(value)


def to_json(solved: SolvedGame, *, lines: bool, exact: bool = False, explain: bool = False) -> str:
    """Return the record as JSON: on one line where `lines`, else to be read."""
    return json.dumps(
        record(solved, exact=exact, explain=explain),
        indent=None if lines else 2,
        ensure_ascii=False,
        allow_nan=False,
    )


def ne_lines(solved: SolvedGame, *, exact: bool = False, headed: bool = False) -> str:
    """Return the equilibria as Gambit's tools print them: `NE,1/3,2/3,1,0`.

    Parameters
    ----------
    headed : bool
        Begin with a comment that names the game.
    """
    lines = [f"# {solved.title}"] if headed else []
    for each in solved.equilibria:
        strategies, _ = _values(each, exact)
        lines.append(",".join(["NE", *(_plain(q) for own in strategies for q in own)]))
    return "\n".join(lines)


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, Fraction) else repr(float(value)).removesuffix(".0")


# --- reading --------------------------------------------------------------------------------------


def document(solved: SolvedGame, *, exact: bool = False, explain: bool = False) -> Document:
    """Return a solved file as a document: who plays, every equilibrium, what the set claims."""
    return Document(
        study="game",
        tell=lambda: _blocks(solved, exact=exact, explain=explain),
        note=lambda: record(solved, exact=exact, explain=explain),
        made={},
    )


def _blocks(solved: SolvedGame, *, exact: bool, explain: bool) -> Iterator[Block]:
    file, found = solved.file, solved.found
    kind = "strategic game"
    if file.tree is not None:
        known = "perfect" if file.tree.perfect_information else "imperfect"
        kind = f"extensive game with {known} information"
    yield Heading(solved.title, 1, f"{opening(kind)} of {_who(solved)}")
    if solved.subgame_perfect is not None:
        yield from _induction(solved.subgame_perfect, file.players, exact)
    if found is None:
        yield Paragraph(f"The strategic game was not solved: {solved.note}")
        return
    if solved.equilibria:
        title = "Equilibria of the reduced normal form" if file.tree is not None else ""
        yield _table(solved, exact, title)
    yield Notes(tuple(_claims(solved)))
    if explain:
        for k, each in enumerate(solved.equilibria[:_ROWS]):
            why = tuple(explain_profile(found.game, each))
            yield Items(why, f"Why {k + 1} is an equilibrium")


def _who(solved: SolvedGame) -> str:
    players = solved.file.players
    if solved.found is None:
        return ", ".join(players)
    word = "action" if solved.file.tree is None else "strategy"
    many = "actions" if solved.file.tree is None else "strategies"
    return ", ".join(
        f"{player} ({len(own)} {many if len(own) != 1 else word})"
        for player, own in zip(players, solved.found.game.actions, strict=True)
    )


def _table(solved: SolvedGame, exact: bool, title: str) -> Table | Items:
    """One row per equilibrium; where that is too wide, one paragraph."""
    players = solved.file.players
    heads = ["", *players, *(f"payoff\n{player}" for player in players), "regret", "compo-\nnent"]
    marks = [""] * len(solved.equilibria)
    for k in solved.subgame_perfect_at:
        marks[k] = "subgame perfect"
    if solved.selected >= 0:
        marks[solved.selected] = (marks[solved.selected] + "\n<- selected").strip()
    lines: list[list[str]] = []
    values: list[dict[int, float]] = []
    first = 1 + len(players)
    for k, each in enumerate(solved.equilibria):
        if k >= _ROWS and not marks[k]:
            continue
        strategies, payoffs = _values(each, exact)
        values.append({0: k + 1, first + len(players): each.regret})
        values[-1].update({first + c: float(value) for c, value in enumerate(payoffs)})
        if each.component >= 0:
            values[-1][first + len(players) + 1] = each.component
        lines.append(
            [
                str(k + 1),
                *(
                    "\n".join(_mixture(actions, own))
                    for actions, own in zip(each.actions, strategies, strict=True)
                ),
                *map(_shown, payoffs),
                _regret(each.regret),
                str(each.component) if each.component >= 0 else "?",
                marks[k],
            ]
        )
    # Rationals are no numbers to the table, which would set them to the left.
    for c in range(first, first + len(players)):
        width = max(map(len, [*heads[c].split("\n"), *(line[c] for line in lines)]))
        for line in lines:
            line[c] = line[c].rjust(width)
    if not any(marks):
        lines = [line[:-1] for line in lines]
    else:
        heads.append("")
    if max(map(len, text_table(heads, lines, WIDTH).split("\n"))) <= WIDTH:
        cells = [
            [Number(of[c], text) if c in of else text for c, text in enumerate(line)]
            for line, of in zip(lines, values, strict=True)
        ]
        return Table.of(heads, cells, title)
    entries = []
    for line in lines:
        mark = f"; {line[-1]}".replace("\n", " ") if any(marks) and line[-1] else ""
        told = [f"{line[0]}: regret {line[1 + 2 * len(players)]}{mark}"]
        payoffs = line[1 + len(players) : 1 + 2 * len(players)]
        for player, own, value in zip(players, line[1:], payoffs, strict=False):
            told.append(f"{player}, payoff {value.strip()}: {' + '.join(own.split(chr(10)))}")
        entries.append("; ".join(told))
    return Items(tuple(entries), title)


def _mixture(actions: Sequence[str], strategy: Sequence[Any]) -> list[str]:
    """Put a mixed action in words, one line per action in use."""
    used = [(a, q) for a, q in zip(actions, strategy, strict=True) if q > SAME_PROFILE]
    if len(used) == 1:
        return [used[0][0]]
    told = [
        f"{q} {a}" if isinstance(q, Fraction) else f"{100 * float(q):.4g}% {a}" for a, q in used
    ]
    if len(told) <= _MIXTURE:
        return told
    return [*told[:_MIXTURE], f"and {len(told) - _MIXTURE} more"]


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, Fraction) else amount(float(value))


def _regret(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def _claims(solved: SolvedGame) -> list[str]:
    """Return what the set claims, and how it was found."""
    assert solved.found is not None  # the caller has looked
    number = len(solved.equilibria)
    one = number == 1
    cut = [f"The table leaves some out; --format json has all {number}."] if number > _ROWS else []
    if not number:
        return ["No equilibrium was found, which does not say that there is none."]
    if solved.completeness != "complete":
        claim = (
            "Partial: this one is certified, others may exist."
            if one
            else f"Partial: these {number} are certified, others may exist."
        )
    elif bool(solved.found.degenerate):
        sets = len({each.component for each in solved.equilibria})
        claim = (
            "The game is degenerate, but this is its only equilibrium."
            if one
            else f"The game is degenerate: these are all {number} extreme equilibria, in {sets} "
            f"component{'s' if sets > 1 else ''}. Equilibria of one component are connected by "
            "further equilibria" + ("; those of different components are not." if sets > 1 else ".")
        )
    else:
        claim = "This is the only equilibrium." if one else f"These are all {number} equilibria."
    methods = sorted({each.proposed_by for each in solved.equilibria})
    return [*cut, claim, f"Found by {', '.join(methods)}."]


# --- extensive games ------------------------------------------------------------------------------


def _induction(several: SubgamePerfectSet, players: Sequence[str], exact: bool) -> Iterator[Block]:
    """Subgame-perfect equilibria: what they pay, and every choice."""
    number = len(several.equilibria)
    claim = (
        "Backward induction: this is the only subgame-perfect equilibrium"
        if number == 1 and several.complete
        else f"Backward induction: all {number} subgame-perfect equilibria in pure strategies; "
        "mixing over tied actions gives more"
        if several.complete
        else f"Backward induction: {number} subgame-perfect equilibria of more; actions tie too "
        "often to list them all"
    )
    yield Paragraph(claim)
    for k, each in enumerate(several.equilibria[:_LISTED]):
        paid = ", ".join(
            f"{player} {_shown(value if exact else float(value))}"
            for player, value in zip(players, each.payoffs, strict=True)
        )
        head = f"{k + 1}.  pays {paid}" if number > 1 else f"It pays {paid}"
        yield _choices(several, each, players, head)
    if number > _LISTED:
        yield Paragraph(f"{number - _LISTED} more are in --format json")


def _choices(
    several: SubgamePerfectSet, each: SubgamePerfect, players: Sequence[str], title: str
) -> Table:
    rows = [
        [players[at.player], at.label, action, "yes" if reached else "no"]
        for reached, _, at, action in several.decisions(each)
    ]
    left = len(rows) - _CHOICES
    notes = [f"{left} more choices are in --format json"] if left > 0 else []
    heads = ["player", "information\nset", "action", "reached"]
    return Table.of(heads, rows[:_CHOICES], title, notes)


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
