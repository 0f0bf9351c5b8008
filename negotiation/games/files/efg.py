"""Gambit's extensive games, `.efg`.

Nodes stand in the order of a walk that goes down first. An information set or an outcome is
described where it is first met and may be named by its number only from then on.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from fractions import Fraction

from negotiation.games.files.nfg import payoff_list
from negotiation.games.files.scan import Scanner, Token, distinct, header, player_names
from negotiation.games.files.table import MAX_PLAYERS, Deadline, check, too_long
from negotiation.games.files.tree import CHANCE, InformationSet, Tree
from negotiation.tolerances import SHARE_SUM

#: Most nodes of a tree: they are read and solved in well under a minute.
MAX_NODES = 250_000


def read_efg(text: str, name: str, deadline: Deadline | None = None) -> tuple[str, str, Tree]:
    """Read title, comment and tree.

    Raises
    ------
    DataError
        With file, line and column of what cannot be read.
    """
    scanner = Scanner(text, name, deadline)
    title = header(scanner, "EFG", "2")
    players = player_names(scanner, MAX_PLAYERS)
    comment = scanner.next().text if scanner.current.kind == "text" else ""
    return title, comment, _Reader(scanner, players).read()


class _Reader:
    """What has been read of a tree so far."""

    def __init__(self, scanner: Scanner, players: tuple[str, ...]) -> None:
        self.scanner, self.players = scanner, players
        self.sets: dict[tuple[int, int], int] = {}
        self.described: list[tuple[int, str, InformationSet]] = []  # number, name as written
        self.outcomes: dict[int, tuple[Fraction, ...]] = {}
        self.parent: list[int] = []
        self.branch: list[int] = []
        self.at: list[int] = []
        self.payoffs: list[tuple[Fraction, ...] | None] = []

    def read(self) -> Tree:
        """Read every node, without recursion: trees may be deep."""
        scanner = self.scanner
        open_nodes: list[list[int]] = []  # node, actions in all, actions read
        while True:
            while open_nodes and open_nodes[-1][1] == open_nodes[-1][2]:
                open_nodes.pop()
            if self.parent and not open_nodes:
                break
            start = scanner.current
            above = open_nodes[-1] if open_nodes else None
            if start.kind != "word" or start.text not in ("c", "p", "t"):
                scanner.fail(self._expected(above))
            scanner.next()
            if len(self.parent) % 1024 == 0:
                check(scanner.deadline, scanner.name)
            if len(self.parent) == MAX_NODES:
                scanner.fail_at(
                    start.start, f"there are more than {MAX_NODES:,} nodes, which is the limit"
                )
            scanner.take("text", "the node's name in quotes, which may be empty")
            self.parent.append(above[0] if above else -1)
            self.branch.append(above[2] if above else 0)
            if above:
                above[2] += 1
            if start.text == "t":
                self.at.append(-1)
                self.payoffs.append(self._outcome())
            else:
                self.at.append(self._information_set(start.text == "c"))
                self.payoffs.append(self._outcome())
                actions = self.described[self.at[-1]][2].actions
                open_nodes.append([len(self.parent) - 1, len(actions), 0])
        if scanner.current.kind != "end":
            scanner.fail("the end of the file, since every action leads to a node already")
        return Tree(self.players, self._named(), self.parent, self.branch, self.at, self.payoffs)

    def _expected(self, above: list[int] | None) -> str:
        kinds = "c, p or t (a move of chance, of a player, or an end)"
        if above is None:
            return f"the first node: {kinds}"
        action = self.described[self.at[above[0]]][2].actions[above[2]]
        return f"the node that action '{action[:30]}' leads to: {kinds}"

    def _information_set(self, chance: bool) -> int:
        """Read whose move it is, its information set, and what can be done there."""
        scanner = self.scanner
        player = CHANCE
        if not chance:
            token = scanner.current
            player = scanner.integer("the number of the player who moves", 1) - 1
            if player >= len(self.players):
                scanner.fail(f"the number of a player, 1 to {len(self.players)}", token)
        token = scanner.current
        number = scanner.integer("the number of the information set")
        known = self.sets.get((player, number))
        label = scanner.label("the name of the information set") if self._is("text") else None
        if not self._is("{"):
            if label is not None:
                scanner.fail("'{' and the actions")
            if known is None:
                scanner.fail_at(
                    token.start,
                    f"information set {number} has not been described yet; expected its name and "
                    "its actions where it is first met",
                )
            return known
        found = self._actions(player)
        if known is None:
            self.sets[player, number] = len(self.described)
            self.described.append((number, label or "", found))
            return len(self.described) - 1
        before = self.described[known][2]
        if found != before:
            what = "probabilities" if found.actions == before.actions else "actions"
            scanner.fail_at(
                token.start,
                f"information set {number} has other {what} here than where it was first met; "
                f"expected {', '.join(before.actions[:6])}"
                + (" with the same probabilities" if what == "probabilities" else ""),
            )
        return known

    def _is(self, kind: str) -> bool:
        return self.scanner.current.kind == kind

    def _actions(self, player: int) -> InformationSet:
        """Read `{ "a" "b" }`, or `{ "a" 1/2 "b" 1/2 }` for chance."""
        scanner = self.scanner
        brace = scanner.take("{", "'{' and the actions")
        actions: list[str] = []
        chances: list[Fraction] = []
        while self._is("text"):
            actions.append(scanner.label("an action in quotes"))
            if player == CHANCE:
                token = scanner.current
                chances.append(scanner.number("the probability of this action"))
                if chances[-1] < 0:
                    scanner.fail("a probability that is not negative", token)
        scanner.take("}", "an action in quotes or '}'")
        if not actions:
            scanner.fail_at(brace.start, "there are no actions; expected at least one in quotes")
        if chances:
            chances = self._lottery(chances, brace)
        return InformationSet(player, "", distinct(actions), tuple(chances))

    def _lottery(self, chances: list[Fraction], brace: Token) -> list[Fraction]:
        """Check that probabilities add up to one; undo what rounding took from them."""
        total = Fraction(0)
        for chance in chances:
            total += chance
            if too_long(total):
                self.scanner.fail_at(brace.start, "the probabilities have too many digits to add")
        if abs(total - 1) > SHARE_SUM:
            self.scanner.fail_at(
                brace.start,
                f"the probabilities add up to {float(total):.9g}; expected 1, where need be in "
                "fractions such as 1/3",
            )
        return chances if total == 1 else [chance / total for chance in chances]

    def _outcome(self) -> tuple[Fraction, ...] | None:
        """Read the outcome of a node: its number, and what it pays where that is said."""
        scanner = self.scanner
        token = scanner.current
        number = scanner.integer("the number of the outcome, 0 for none")
        if self._is("text"):
            scanner.next()
            if not self._is("{"):
                scanner.fail("'{' and a payoff for each player")
        if not self._is("{"):
            if number and number not in self.outcomes:
                scanner.fail_at(
                    token.start,
                    f"outcome {number} has not been described yet; expected its name and payoffs "
                    "where it is first met",
                )
            return self.outcomes[number] if number else None
        if number == 0:
            scanner.fail_at(
                token.start, "outcome 0 means no outcome and pays nothing; expected no payoffs"
            )
        values = tuple(payoff_list(scanner, self.players, name_within=False))
        if self.outcomes.setdefault(number, values) != values:
            scanner.fail_at(
                token.start,
                f"outcome {number} pays something else here than where it was first met; expected "
                f"{', '.join(str(v)[:20] for v in self.outcomes[number])}",
            )
        return values

    def _named(self) -> tuple[InformationSet, ...]:
        """Information sets with labels that tell those of one player apart."""
        names = Counter((each.player, name) for _, name, each in self.described)
        return tuple(
            dataclasses.replace(
                each,
                label=name if name.strip() and names[each.player, name] == 1 else str(number),
            )
            for number, name, each in self.described
        )
