"""Game files: what is read from every spelling, and where the fault is when it is not."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import nashpy
import numpy as np
import pytest

from negotiation.errors import DataError, PayoffError
from negotiation.games.files import (
    GameFile,
    backward_induction,
    from_nashpy,
    game_files,
    parse,
    read,
    to_nashpy,
    write_csv,
    write_nfg,
)
from negotiation.games.game import Game

# In the folder `shared` beside the checkout.
REFERENCE_GAMES = Path(__file__).parents[3] / "shared" / "games" / "reference_games.json"
RECORDS: list[dict[str, Any]] = (
    json.loads(REFERENCE_GAMES.read_text(encoding="utf-8")) if REFERENCE_GAMES.exists() else []
)

NFG = 'NFG 1 R "t" { "A" "B" } '
EFG = 'EFG 2 R "t" { "A" "B" } '

#: All twelve payoffs differ, and the players have different numbers of strategies.
ASYMMETRIC = np.array([[[11, 12, 13], [14, 15, 16]], [[21, 22, 23], [24, 25, 26]]], dtype=float)


def fractions(values: Any) -> Any:
    return np.vectorize(Fraction, otypes=[object])(values)


# --- nfg ------------------------------------------------------------------------------------------


def test_the_first_players_strategy_changes_fastest() -> None:
    text = f"{NFG} {{ 2 3 }} 11 21 14 24 12 22 15 25 13 23 16 26"
    game = parse(text).game
    assert np.array_equal(game.payoffs, ASYMMETRIC)
    assert game.players == ("A", "B")
    assert game.actions == (("1", "2"), ("1", "2", "3"))
    assert game.exact is not None
    assert np.array_equal(game.exact, fractions(ASYMMETRIC))


SPELLINGS = {
    "numbers": "{ 2 3 } 11 21 14 24 12 22 15 25 13 23 16 26",
    "names": '{ { "1" "2" } { "1" "2" "3" } } 11 21 14 24 12 22 15 25 13 23 16 26',
    "no blanks": '{{"1" "2"}{"1" "2" "3"}}11 21 14 24 12 22 15 25 13 23 16 26',
    "a comment": '{ 2 3 }\n"said\nover two lines"\n11 21 14 24 12 22 15 25 13 23 16 26',
    "commas": "{ 2, 3 } 11, 21, 14, 24, 12, 22, 15, 25, 13, 23, 16, 26",
    "one to a line": "{ 2 3 }\n" + "11 21 14 24 12 22 15 25 13 23 16 26".replace(" ", "\n"),
    "decimals": "{ 2 3 } 11.0 21. 14 24 1.2e1 220e-1 +15 25 13 23 16 2.6E+1",
    "rationals": "{ 2 3 } 22/2 21/1 14 24 12 22 15 25 13 23 16 52/2",
    "outcomes": (
        '{ 2 3 } { { "a" 11, 21 } { "" 14 24 } { "a" 12, 22 } { "" 15 25 } { "" 13 23 } '
        '{ "last" 16,26 } } 1 2 3 4 5 6'
    ),
    "outcomes in another order": (
        '{ 2 3 } { { "" 16 26 } { "" 13 23 } { "" 15 25 } { "" 12 22 } { "" 14 24 } { "" 11 21 } } '
        "6 5 4 3 2 1"
    ),
}


@pytest.mark.parametrize("body", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["unix", "windows", "mac"])
@pytest.mark.parametrize("letter", ["R", "D"])
def test_every_spelling_is_the_same_game(body: str, ends: str, letter: str) -> None:
    text = f'NFG 1 {letter} "t" {{ "A" "B" }}\n{body}\n'.replace("\n", ends)
    file = parse(text)
    assert np.array_equal(file.game.payoffs, ASYMMETRIC)
    assert file.game.actions == (("1", "2"), ("1", "2", "3"))
    assert (file.kind, file.title, file.tree) == ("nfg", "t", None)


def test_the_null_outcome_pays_nothing_and_outcomes_may_be_shared() -> None:
    game = parse(NFG + '{ 2 2 } { { "x" 1/3 -2 } } 0 1 1 0').game
    assert game.exact is not None
    assert game.exact.tolist() == [
        [[0, Fraction(1, 3)], [Fraction(1, 3), 0]],
        [[0, -2], [-2, 0]],
    ]


def test_three_players() -> None:
    sizes = (2, 3, 4)
    profiles = [at[::-1] for at in product(*(range(n) for n in sizes[::-1]))]  # first fastest
    text = " ".join(f"{100 * a + 10 * b + c} {a} {b}/7" for a, b, c in profiles)
    game = parse(f'NFG 1 R "t" {{ "A" "B" "C" }} {{ 2 3 4 }} {text}').game
    assert game.exact is not None
    for a, b, c in product(*(range(n) for n in sizes)):
        assert game.exact[:, a, b, c].tolist() == [100 * a + 10 * b + c, a, Fraction(b, 7)]


def test_decimals_are_the_numbers_as_written() -> None:
    game = parse(NFG + "{ 1 2 } 0.1 1e-3 -.5 1/3").game
    assert game.exact is not None
    written = [Fraction(1, 10), Fraction(-1, 2), Fraction(1, 1000), Fraction(1, 3)]
    assert game.exact.ravel().tolist() == written
    assert game.payoffs.ravel().tolist() == [0.1, -0.5, 1e-3, 1 / 3]


def test_labels_keep_quotes_letters_and_order() -> None:
    text = r'NFG 1 R "a \"title\"" { "Québec" "a \"b\" \\" } { { "z" "a" } { "{" "," } } '
    file = parse(text + "1 2 3 4 5 6 7 8")
    assert file.title == 'a "title"'
    assert file.players == ("Québec", 'a "b" \\')
    assert file.game.actions == (("z", "a"), ("{", ","))


def test_blank_and_repeated_labels_are_told_apart() -> None:
    text = 'NFG 1 R "" { "A" "A" } { { "x" "x" "x_1" } { "" " " } } ' + "1 " * 12
    file = parse(text)
    assert file.players == ("A_1", "A_2")
    assert file.game.actions == (("x_2", "x_3", "x_1"), ("1", "2"))


def test_a_byte_order_mark_is_no_part_of_the_game(tmp_path: Path) -> None:
    path = tmp_path / "game.nfg"
    path.write_bytes(b"\xef\xbb\xbf" + (NFG + "{ 1 1 } 1 2").encode())
    assert read(path).game.payoffs.ravel().tolist() == [1.0, 2.0]


# --- writing --------------------------------------------------------------------------------------


def test_what_is_written_is_read_back() -> None:
    game = Game(("A", "B"), (("u", "d"), ("l", "m", "r")), ASYMMETRIC / 7)
    for text, kind in (
        (write_nfg(game, title="T", comment="two\nlines"), "nfg"),
        (write_csv(game), "csv"),
    ):
        back = parse(text, kind=kind)
        assert np.array_equal(back.game.payoffs, game.payoffs), "floats come back bit by bit"
        assert (back.game.players, back.game.actions) == (game.players, game.actions)
    file = parse(write_nfg(game, title="T", comment="two\nlines"))
    assert (file.title, file.comment) == ("T", "two\nlines")


def test_a_written_game_has_its_payoffs_in_gambits_order() -> None:
    game = Game(("A", "B"), (("u", "d"), ("l", "m", "r")), ASYMMETRIC)
    numbers = " ".join(write_nfg(game).rpartition('"')[2].split())
    assert numbers == "11 21 14 24 12 22 15 25 13 23 16 26"


@pytest.mark.skipif(not RECORDS, reason=f"{REFERENCE_GAMES} is not there")
@pytest.mark.parametrize("record", RECORDS, ids=[r["id"] for r in RECORDS])
def test_reference_games_survive_a_file(record: dict[str, Any]) -> None:
    exact = np.stack([fractions(record[name]) for name in "AB"])
    m, n = record["shape"]
    labels = (tuple(f"r{k}" for k in range(m)), tuple(f"c{k}" for k in range(n)))
    game = Game(("row", "column"), labels, exact.astype(float), exact=exact)
    for text, kind in ((write_nfg(game, title=record["title"]), "nfg"), (write_csv(game), "csv")):
        back = parse(text, kind=kind).game
        assert back.actions == labels
        assert back.exact is not None
        assert (back.exact == exact).all()
        assert np.array_equal(back.payoffs, game.payoffs)


def test_what_no_file_can_hold_is_refused() -> None:
    labels = (("u",), ("l", "r"))
    one = np.ones((2, 1, 2))
    with pytest.raises(PayoffError, match=r"batch of games of shape \(3,\)"):
        write_nfg(Game(("A", "B"), labels, np.ones((3, 2, 1, 2))))
    with pytest.raises(PayoffError, match="the payoff of B at 'u/r' is nan"):
        write_nfg(Game(("A", "B"), labels, np.array([[[1, 2]], [[3, np.nan]]])))
    for writer in (write_nfg, write_csv):
        with pytest.raises(PayoffError, match=r"the label 'a\\nb'"):
            writer(Game(("A", "a\nb"), labels, one))
    with pytest.raises(PayoffError, match="actions of a player hold 'l' twice"):
        Game(("A", "B"), (("u",), ("l", "l")), one)
    with pytest.raises(PayoffError, match="player 'payoff_A' cannot head a column"):
        write_csv(Game(("A", "payoff_A"), labels, one))


# --- nashpy ---------------------------------------------------------------------------------------


def test_nashpy_games_come_in_and_go_out() -> None:
    game = from_nashpy(nashpy.Game(ASYMMETRIC[0], ASYMMETRIC[1]), players=("canada", "us"))
    assert np.array_equal(game.payoffs, ASYMMETRIC)
    assert game.players == ("canada", "us")
    assert game.actions == (("1", "2"), ("1", "2", "3"))
    out = to_nashpy(game)
    assert isinstance(out, nashpy.Game)
    assert all(np.array_equal(a, b) for a, b in zip(out.payoff_matrices, ASYMMETRIC, strict=True))
    zero_sum = from_nashpy(nashpy.Game(ASYMMETRIC[0]), actions=(("u", "d"), ("l", "m", "r")))
    assert np.array_equal(zero_sum.payoffs[1], -ASYMMETRIC[0])
    assert zero_sum.actions[1] == ("l", "m", "r")


def test_what_is_no_nashpy_game_is_refused() -> None:
    with pytest.raises(PayoffError, match="a list"):
        from_nashpy([[1, 2]])
    with pytest.raises(PayoffError, match="1 lists of actions"):
        from_nashpy(nashpy.Game([[1, 2]]), actions=(("u",),))
    with pytest.raises(PayoffError, match="3 players"):
        to_nashpy(Game(("A", "B", "C"), (("a",), ("b",), ("c",)), np.ones((3, 1, 1, 1))))
    with pytest.raises(PayoffError, match=r"a batch of shape \(2,\)"):
        to_nashpy(Game(("A", "B"), (("a",), ("b",)), np.ones((2, 2, 1, 1))))


# --- csv ------------------------------------------------------------------------------------------

CSV = {
    "rows": (
        "A,B,payoff_A,payoff_B\nu,l,11,21\nu,m,12,22\nu,r,13,23\nd,l,14,24\nd,m,15,25\nd,r,16,26\n"
    ),
    "any order of rows": (
        "A,B,payoff_A,payoff_B\nu,l,11,21\nd,m,15,25\nu,m,12,22\nd,r,16,26\nu,r,13,23\nd,l,14,24\n"
    ),
    "any order of columns": (
        "payoff_B,A,payoff_A,B\n21,u,11,l\n22,u,12,m\n23,u,13,r\n24,d,14,l\n25,d,15,m\n26,d,16,r\n"
    ),
    "semicolons, blanks, quotes": (
        'A ;B; "payoff_A";payoff_B\n\n"u";l;11;21\nu;m; 12 ;22\nu;r;13;23\nd;l;14;24\nd;m;15;25\n'
        "d;r;16;26\n;;;\n"
    ),
    "tabs": "A\tB\tpayoff_A\tpayoff_B\n"
    "u\tl\t11\t21\nu\tm\t12\t22\nu\tr\t13\t23\nd\tl\t14\t24\nd\tm\t15\t25\nd\tr\t16\t26",
    "grid": 'A / B,l,m,r\nu,"11, 21","12,22","13 23"\nd,(14; 24),"(15, 25)",32/2 26\n',
    "grid with semicolons": "A/B;l;m;r\nu;11, 21;12,22;13,23\nd;14,24;15,25;16,26\n",
}


@pytest.mark.parametrize("text", CSV.values(), ids=CSV)
def test_every_table_is_the_same_game(text: str) -> None:
    file = parse(text, kind="csv")
    assert np.array_equal(file.game.payoffs, ASYMMETRIC)
    assert file.players == ("A", "B")
    assert file.game.actions == (("u", "d"), ("l", "m", "r"))
    assert file.kind == "csv"


def test_a_table_of_three_players_and_fractions() -> None:
    rows = [f"{a},{b},{c},{a}/3,{b}.5,{c}e-1" for a, b, c in product("12", "3", "45")]
    game = parse("\n".join(["x,y,z,payoff_x,payoff_y,payoff_z", *rows]), kind="csv").game
    assert game.exact is not None
    assert game.exact.shape == (3, 2, 1, 2)
    at = game.exact[:, 1, 0, 0].tolist()
    assert at == [Fraction(2, 3), Fraction(7, 2), Fraction(2, 5)]


def test_a_grid_need_not_name_the_players() -> None:
    assert parse(',l\nu,"1, 2"', kind="csv").players == ("row", "column")


# --- efg ------------------------------------------------------------------------------------------

ENTRY = (
    EFG
    + """"a comment"
p "" 1 1 "enter?" { "out" "in" } 0
t "" 1 "stay" { 0, 2 }
p "" 2 1 "" { "fight" "yield" } 5 "cost" { 1/2 0 }
t "" 2 "war" { -1, -1 }
p "" 1 2 "" { "a" "b" } 0
c "" 1 "" { "heads" 1/3 "tails" 2/3 } 0
t "" 1
t "" 2
t "" 3 "" { 1, 1 }
"""
)


def test_a_tree_and_its_reduced_normal_form() -> None:
    file = parse(ENTRY)
    assert (file.kind, file.title, file.comment, file.players) == (
        "efg",
        "t",
        "a comment",
        ("A", "B"),
    )
    assert file.tree is not None
    assert file.tree.perfect_information
    game = file.game
    assert game.actions == (
        ("enter?: out, 2: *", "enter?: in, 2: a", "enter?: in, 2: b"),
        ("fight", "yield"),
    )
    half = Fraction(1, 2)
    assert game.exact is not None
    assert game.exact.tolist() == [
        [[0, 0], [half - 1, half - Fraction(2, 3)], [half - 1, half + 1]],
        [[2, 2], [-1, Fraction(2, 3) - Fraction(2, 3)], [-1, 1]],
    ]
    assert np.array_equal(game.payoffs, game.exact.astype(float))


def test_backward_induction_gives_every_choice() -> None:
    file = parse(ENTRY)
    assert file.tree is not None
    found = backward_induction(file.tree, "entry")
    assert found.complete
    (only,) = found.equilibria
    assert only.payoffs == (Fraction(3, 2), Fraction(1))
    told = [
        (file.players[at.player], at.label, action, reached)
        for reached, _, at, action in found.decisions(only)
    ]
    assert told == [("A", "enter?", "in", True), ("B", "1", "yield", True), ("A", "2", "b", True)]
    assert found.reduced(only) == ("enter?: in, 2: b", "yield")


TIE = EFG + (
    'p "" 1 1 "" { "L" "R" } 0\n'
    'p "" 2 1 "" { "l" "r" } 0\nt "" 1 "" { 3 1 }\nt "" 2 "" { 0 1 }\n'
    't "" 3 "" { 2 2 }\n'
)


def test_a_tie_makes_two_subgame_perfect_equilibria() -> None:
    tree = parse(TIE).tree
    assert tree is not None
    found = backward_induction(tree, "tie")
    assert found.complete
    assert [list(map(int, each.payoffs)) for each in found.equilibria] == [[3, 1], [2, 2]]
    assert [found.reduced(each) for each in found.equilibria] == [("L", "l"), ("R", "r")]


def test_a_list_of_too_many_is_cut_and_says_so() -> None:
    deep = "".join(f'p "" {1 + k % 2} {k} "" {{ "a" "b" }} 0\nt "" 0\n' for k in range(1, 12))
    tree = parse(EFG + deep + 't "" 0').tree
    assert tree is not None
    found = backward_induction(tree, "ties")
    assert not found.complete
    assert len(found.equilibria) == 100
    assert len({tuple(each.choices.items()) for each in found.equilibria}) == 100


PENNIES = EFG + (
    'p "" 1 1 "" { "H" "T" } 0\n'
    'p "" 2 1 "" { "h" "t" } 0\nt "" 1 "" { 1 -1 }\nt "" 2 "" { -1 1 }\n'
    'p "" 2 1 0\nt "" 2\nt "" 1\n'
)


def test_who_does_not_know_cannot_choose_differently() -> None:
    file = parse(PENNIES)
    assert file.tree is not None
    assert not file.tree.perfect_information
    assert file.game.actions == (("H", "T"), ("h", "t"))
    assert file.game.payoffs[0].tolist() == [[1, -1], [-1, 1]]
    with pytest.raises(DataError, match="pennies: backward induction takes a tree with perfect"):
        backward_induction(file.tree, "pennies")


def test_a_player_who_never_moves_has_one_strategy() -> None:
    text = 'EFG 2 R "" { "A" "B" } p "" 1 1 "" { "x" "y" } 0 t "" 1 "" { 1 5 } t "" 2 "" { 2 6 }'
    game = parse(text).game
    assert game.actions == (("x", "y"), ("no move",))
    assert game.payoffs.tolist() == [[[1], [2]], [[5], [6]]]


def test_rounded_probabilities_are_made_whole() -> None:
    thirds = 'c "" 1 "" { "a" 0.3333333 "b" 0.3333333 "c" 0.3333333 } 0 '
    text = EFG + thirds + 't "" 1 "" { 3 0 } t "" 2 "" { 6 0 } t "" 3 "" { 9 0 }'
    game = parse(text).game
    assert game.exact is not None
    assert game.exact.ravel().tolist() == [6, 0]


def test_a_deep_tree_is_no_harder_than_a_wide_one() -> None:
    deep = "".join(f'p "" 1 {k} "" {{ "on" }} 1 "" {{ 1 0 }}\n' for k in range(1, 3000))
    file = parse(EFG + deep + 't "" 0')
    assert file.tree is not None
    assert backward_induction(file.tree, "deep").equilibria[0].payoffs[0] == 2999
    assert file.game.payoffs.ravel().tolist() == [2999.0, 0.0]


def test_a_normal_form_that_is_too_large_is_refused_but_the_tree_is_solved() -> None:
    moves = "".join(f'p "" 1 {k} "" {{ "a" "b" }} 0\nt "" 0\nt "" 1\n' for k in range(1, 31))
    odds = " ".join(f'"{k}" 1/30' for k in range(30))
    moves = moves.replace('t "" 1', 't "" 1 "" { 1 0 }', 1)
    file = parse(EFG + f'c "" 1 "" {{ {odds} }} 0\n' + moves, "large")
    assert file.tree is not None
    assert backward_induction(file.tree, "large").equilibria[0].payoffs[0] == 1
    with pytest.raises(DataError, match=r"large: A has 30 information sets, .* expected a smaller"):
        _ = file.game


# --- what cannot be read --------------------------------------------------------------------------

#: Text, kind, line and column, what was found or expected.
HOSTILE: dict[str, tuple[str, str, str]] = {
    # sizes
    "huge": (NFG + "\n{ 1000000 1000000 }\n1 2", "line 2, column 1", "at most 10,000,000 are read"),
    "larger than the file": (NFG + "{ 2000 2000 }\n1 2", "line 2, column 4", "8000000 payoffs"),
    "a size of 20 digits": (
        NFG + "\n{ 2 99999999999999999999 }",
        "line 2, column 5",
        "whole number",
    ),
    "no strategies": (NFG + "\n{ 0 2 }", "line 2, column 3", "'0'"),
    "minus one strategy": (NFG + "\n{ 2 -1 }", "line 2, column 5", "'-1'"),
    "empty strategies": (NFG + '\n{ { "a" } { } }', "line 2, column 11", "B has no strategy"),
    "one player": ('NFG 1 R "" { "A" }\n{ 2 } 1 2', "line 1, column 12", "there is 1 player"),
    "no player": ('NFG 1 R ""\n { }', "line 2, column 2", "there are no players"),
    "27 players": ('NFG 1 R ""\n {' + '"A" ' * 27, "line 2, column 2", "more than 26 players"),
    # quotes and braces
    "open quote": ('NFG 1 R "t { 2 2 } 1 2', "line 1, column 9", "never closed"),
    "open quote later": (NFG + '\n{ { "a" "b } { "c" } } 1 2', "line 2, column 17", "found 'c'"),
    "label over two lines": (NFG + '\n{ { "a\nb" } { "c" } }', "line 2, column 5", "next line"),
    "brace missing": ('NFG 1 R "t" { "A" "B" { 1 1 } 1 2', "line 1, column 23", "found '{'"),
    "brace missing at the end": (NFG + "\n{ 1 1 1 2", "line 2, column 7", "expected '}'"),
    "brace too many": (NFG + "\n{ 1 1 } 1 2 }", "line 2, column 13", "end of the file"),
    "nested": (NFG + "\n" + "{" * 10_000, "line 2, column 3", "a strategy in quotes"),
    # payoffs
    "payoff missing": (NFG + "{ 1 2 }\n1 2 3", "line 2, column 6", "payoff 4 of 4 payoffs"),
    "payoff too many": (NFG + "{ 1 2 }\n1 2 3 4 5", "line 2, column 9", "one payoff too many"),
    "no payoffs": (NFG + "{ 1 2 }\n", "line 2, column 1", "payoff 1 of 4"),
    "nan": (NFG + "{ 1 1 }\n1 nan", "line 2, column 3", "found 'nan'"),
    "inf first": (NFG + "{ 1 1 }\ninf 1", "line 2, column 1", "found 'inf'"),
    "minus inf": (NFG + "{ 1 1 }\n1 -inf", "line 2, column 3", "found '-inf'"),
    "division by zero": (NFG + "{ 1 1 }\n1 1/0", "line 2, column 3", "'1/0' divides by zero"),
    "exponent": (NFG + "{ 1 1 }\n1 1e999999999", "line 2, column 3", "an exponent beyond 800"),
    "small": (NFG + "{ 1 1 }\n1 1e-999999999", "line 2, column 3", "an exponent beyond 800"),
    "too large": (NFG + "{ 1 1 }\n1 -1e301", "line 2, column 3", "larger than 1e300"),
    "too close to zero": (NFG + "{ 1 1 }\n1 1e-301", "line 2, column 3", "write 0"),
    "digits": (NFG + "{ 1 1 }\n1 " + "7" * 5000, "line 2, column 3", "a number of 5000 characters"),
    "underscores": (NFG + "{ 1 1 }\n1 1_000", "line 2, column 3", "found '1_000'"),
    "other digits": (NFG + "{ 1 1 }\n1 \u0663", "line 2, column 3", "found '\u0663'"),
    "hexadecimal": (NFG + "{ 1 1 }\n1 0x10", "line 2, column 3", "found '0x10'"),
    "two decimals": (NFG + "{ 1 1 }\n1 1.5/2", "line 2, column 3", "found '1.5/2'"),
    # outcomes
    "payoff of an outcome": (NFG + '{ 1 1 }\n{ { "" 1 } } 1', "line 2, column 10", "payoff of B"),
    "payoffs of an outcome": (NFG + '{ 1 1 }\n{ { "" 1 2 3 } } 1', "line 2, column 12", "'}'"),
    "unknown outcome": (NFG + '{ 1 1 }\n{ { "" 1 2 } } 2', "line 2, column 16", "outcome 2"),
    "half an outcome": (NFG + '{ 1 1 }\n{ { "" 1 2 } } 1/2', "line 2, column 16", "outcome 1/2"),
    "outcome missing": (
        NFG + '{ 1 2 }\n{ { "" 1 2 } } 1',
        "line 2, column 17",
        "each of 2 profiles",
    ),
    "outcome too many": (NFG + '{ 1 1 }\n{ { "" 1 2 } } 1 1', "line 2, column 18", "too many"),
    # header
    "version": ('NFG 2 R "t"', "line 1, column 5", "expected 1, the version"),
    "letter": ('NFG 1 X "t"', "line 1, column 7", "expected R or D"),
    "title": ("NFG 1 R { }", "line 1, column 9", "expected the title"),
    "nothing else": ("NFG", "line 1, column 4", "the end of the file"),
    # what terminals obey
    "nul": (NFG + "{ 1 1 }\n1 \0", "line 2, column 3", "U+0000"),
    "escape": (NFG + '\n{ { "\x1b[31m" } { "b" } } 1 2', "line 2, column 6", "U+001B"),
    "other line ends": (NFG + "{ 1 1 }\r\n1\rx", "line 3, column 1", "found 'x'"),
    # trees
    "no node": (EFG, "line 1, column 25", "the first node"),
    "unknown node": (EFG + '\nq "" 1', "line 2, column 1", "found 'q'"),
    "node without a name": (EFG + "\nt 1", "line 2, column 3", "the node's name"),
    "third player": (EFG + '\np "" 3 1 "" { "a" } 0', "line 2, column 6", "1 to 2"),
    "player 0": (EFG + '\np "" 0 1 "" { "a" } 0', "line 2, column 6", "number of the player"),
    "set not described": (EFG + '\np "" 1 7 0', "line 2, column 8", "information set 7"),
    "set without actions": (EFG + '\np "" 1 7 "x" 0', "line 2, column 14", "'{' and the actions"),
    "no actions": (EFG + '\np "" 1 7 "x" { } 0', "line 2, column 14", "there are no actions"),
    "other actions": (
        EFG + '\np "" 1 1 "" { "a" } 0\np "" 1 1 "" { "b" } 0\nt "" 0',
        "line 3, column 8",
        "other actions here",
    ),
    "other probabilities": (
        EFG + '\nc "" 1 "" { "a" 1/2 "b" 1/2 } 0\nc "" 1 "" { "a" 1/3 "b" 2/3 } 0\nt "" 0',
        "line 3, column 6",
        "other probabilities here",
    ),
    "probabilities": (
        EFG + '\nc "" 1 "" { "a" 1/2 "b" 1/3 } 0',
        "line 2, column 11",
        "0.833333333",
    ),
    "minus a half": (EFG + '\nc "" 1 "" { "a" -1/2 "b" 3/2 }', "line 2, column 17", "not negative"),
    "probability": (EFG + '\nc "" 1 "" { "a" "b" }', "line 2, column 17", "the probability"),
    "child missing": (
        EFG + '\np "" 1 1 "" { "a" "b" } 0\nt "" 0',
        "line 3, column 7",
        "'b' leads to",
    ),
    "child too many": (EFG + '\nt "" 0\nt "" 0', "line 3, column 1", "leads to a node already"),
    "outcome not described": (EFG + '\nt "" 4', "line 2, column 6", "outcome 4"),
    "other payoffs": (
        EFG + '\np "" 1 1 "" { "a" "b" } 0\nt "" 1 "" { 1 2 }\nt "" 1 "" { 1 3 }',
        "line 4, column 6",
        "expected 1, 2",
    ),
    "null outcome": (EFG + '\nt "" 0 "" { 1 2 }', "line 2, column 6", "outcome 0 means no outcome"),
    "outcome without payoffs": (EFG + '\nt "" 1 "x"', "line 2, column 11", "a payoff for each"),
    "tree payoff missing": (EFG + '\nt "" 1 "" { 1 }', "line 2, column 15", "the payoff of B"),
}


@pytest.mark.parametrize(("text", "where", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_fault_is_named_with_its_place(text: str, where: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        parse(text, "game.x")
    one_sentence(str(caught.value), f"game.x, {where}: ", said)


HOSTILE_CSV: dict[str, tuple[str, str, str]] = {
    "twice": ("A,B,payoff_A,payoff_B\nu,l,1,2\nu,l,1,2", "line 3, column A", "in line 2 already"),
    "missing": ("A,B,payoff_A,payoff_B\nu,l,1,2\nd,r,1,2", "line 3", "no row for the profile u/r"),
    "nobody": ("A,B,payoff_A,payoff_C\nu,l,1,2", "line 1, column 4", "the payoff of no player"),
    "unpaid": ("A,B,payoff_A\nu,l,1", "line 1, column 2", "expected a column payoff_B"),
    "one player": ("A,payoff_A\nu,1", "line 1, column 1", "found 1 columns of actions"),
    "column twice": ("A,B,A,payoff_A\nu,l,u,1", "line 1, column 3", "occurs twice"),
    "column without name": ("A,,payoff_A\nu,l,1", "line 1, column 2", "no name"),
    "word": (
        "A,B,payoff_A,payoff_B\nu,l,1,two",
        "line 2, column payoff_B",
        "'two' is not a number",
    ),
    "nan": ("A,B,payoff_A,payoff_B\nu,l,nan,2", "line 2, column payoff_A", "'nan' is not a number"),
    "zero": ("A,B,payoff_A,payoff_B\nu,l,1/0,2", "line 2, column payoff_A", "divides by zero"),
    "exponent": ("A,B,payoff_A,payoff_B\nu,l,1e99999,2", "line 2, column payoff_A", "beyond 800"),
    "comma": ("A;B;payoff_A;payoff_B\nu;l;1,5;2", "line 2, column payoff_A", "a decimal point"),
    "no payoff": ("A,B,payoff_A,payoff_B\nu,l,,2", "line 2, column payoff_A", "an empty cell"),
    "no action": ("A,B,payoff_A,payoff_B\n\nu,,1,2", "line 3, column B", "an empty cell"),
    "short": ("A,B,payoff_A,payoff_B\nu,l,1", "line 2, column 4", "found 3 cells; expected 4"),
    "long": ("A,B,payoff_A,payoff_B\nu,l,1,2,3", "line 2, column 5", "stands in quotes"),
    "no rows": ("A,B,payoff_A,payoff_B\n", "line 1", "no rows follow"),
    "open quote": ('A,B,payoff_A,payoff_B\nu,"l,1,2', "line 2", "cannot be read as CSV"),
    "no table": ("hello", "line 1, column 1", "found no payoffs"),
    "corner": ('what,l\nu,"1, 2"', "line 1, column 1", "'what' in the corner"),
    "grid action twice": ('A/B,l,l\nu,"1,2","1,2"', "line 1, column 3", "occurs twice"),
    "grid row twice": ('A/B,l\nu,"1,2"\nu,"1,2"', "line 3, column 1", "occurs twice"),
    "one payoff in a cell": ('A/B,l\nu,"1"', "line 2, column 2", "the payoffs of A and B"),
    "empty cell": ("A/B,l\nu,", "line 2, column 2", "found an empty cell"),
    "word in a cell": ('A/B,l\nu,"1, x"', "line 2, column 2", "'x' is not a number"),
    "nul": ("A,B,payoff_A,payoff_B\nu,l,1,\0", "line 2, column 7", "U+0000"),
}


@pytest.mark.parametrize(("text", "where", "said"), HOSTILE_CSV.values(), ids=HOSTILE_CSV)
def test_a_fault_in_a_table_is_named_with_its_place(text: str, where: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        parse(text, "game.csv", "csv")
    one_sentence(str(caught.value), f"game.csv, {where}: ", said)


def one_sentence(message: str, start: str, said: str) -> None:
    assert message.startswith(start), message
    assert said in message
    assert "\n" not in message
    assert message.isprintable()
    assert not message.endswith((".", ":", ";", ","))
    assert len(message) < 300


def test_trees_beyond_the_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from negotiation.games.files import efg

    monkeypatch.setattr(efg, "MAX_NODES", 2)
    with pytest.raises(DataError, match="line 4, column 1: there are more than 2 nodes"):
        parse(EFG + '\np "" 1 1 "" { "a" "b" } 0\nt "" 0\nt "" 0')


def test_probabilities_that_grow_without_end_are_refused() -> None:
    chance = "".join(
        f'c "" {x} "" {{ "a" 1/{10**150 + x} "b" {10**150 + x - 1}/{10**150 + x} }} 0\nt "" 0\n'
        for x in (k**3 for k in range(1, 20))
    )
    file = parse(EFG + chance + 't "" 1 "" { 1 1 }', "long")
    assert file.tree is not None
    with pytest.raises(DataError, match="long: expected payoffs take numbers of more than"):
        backward_induction(file.tree, "long")
    with pytest.raises(DataError, match="long: expected payoffs take numbers of more than"):
        _ = file.game


# --- files ----------------------------------------------------------------------------------------


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_file_that_is_none(tmp_path: Path) -> None:
    assert refused(tmp_path).endswith("is a folder; expected a game file")
    assert "does not exist" in refused(tmp_path / "nothing.nfg")
    empty = tmp_path / "empty.nfg"
    empty.write_text("")
    assert refused(empty) == f"{empty} is empty; expected a game"
    other = tmp_path / "other.xlsx"
    other.write_text("PK")
    assert "not known as a game" in refused(other)
    latin = tmp_path / "latin.nfg"
    latin.write_bytes(b'NFG 1 R\r\n"Qu\xe9bec"')
    assert refused(latin).startswith(f"{latin}, line 2, column 4: found the byte 0xe9")
    wide = tmp_path / "wide.nfg"
    wide.write_bytes("NFG 1 R".encode("utf-16"))
    assert "line 1, column 1: found the byte 0xff" in refused(wide)
    strange = tmp_path / "a\nb\x1b.nfg"
    assert refused(strange).endswith("a\\u000ab\\u001b.nfg does not exist; expected a game file")
    assert "cannot be read" in refused(tmp_path / "nul\0.nfg")
    assert "cannot be read" in refused(tmp_path / ("x" * 300 + ".nfg"))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    if sys.platform != "win32":
        pipe = tmp_path / "pipe.nfg"
        os.mkfifo(pipe)
        assert "is not a regular file" in refused(pipe)
    assert "is not a regular file" in refused(Path(os.devnull))


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long.nfg"
    with path.open("wb") as file:
        file.truncate(2**40)  # holes take no room
    assert "has 1,099,511,627,776 bytes" in refused(path)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="whoever may do anything can read any file"
)
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.nfg"
    path.write_text(NFG)
    path.chmod(0)
    assert refused(path) == f"{path} cannot be read: Permission denied"


def test_the_header_decides_whatever_the_name(tmp_path: Path) -> None:
    path = tmp_path / "game.txt"
    path.write_text(ENTRY)
    assert read(path).kind == "efg"


def test_folders_give_their_games_by_name(tmp_path: Path) -> None:
    for name in ("b.nfg", "a.EFG", "c.csv", "notes.md", ".hidden.nfg"):
        (tmp_path / name).write_text("x")
    names = [path.name for path in game_files([tmp_path, "other.nfg"])]
    assert names == ["a.EFG", "b.nfg", "c.csv", "other.nfg"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"has no game file in it; expected files ending in \.nfg"):
        game_files([tmp_path / "empty"])


def test_a_game_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    file: GameFile = parse(PENNIES)
    build: Callable[..., Any] = lambda *_: pytest.fail("built twice")  # noqa: E731
    first = file.game
    monkeypatch.setattr("negotiation.games.files.game_file.reduced_normal_form", build)
    assert file.game is first
