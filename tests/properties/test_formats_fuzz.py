"""Game files: whatever is written is read back, whatever is broken is refused in one sentence."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation.errors import DataError, NegotiationError
from negotiation.games.files import (
    CHANCE,
    GameFile,
    Tree,
    backward_induction,
    parse,
    read,
    reduced_normal_form,
    write_csv,
    write_nfg,
)
from negotiation.games.game import Game
from tests.drawn import examples
from tests.properties.game_texts import VALID, tree_text

SEEDS = st.integers(0, 10**9)

LABELS = st.text(
    st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=6
).filter(lambda label: bool(label.strip()))
PAYOFFS = st.fractions(-(10**6), 10**6, max_denominator=10**6)


@st.composite
def games(draw: st.DrawFn, labels: st.SearchStrategy[str] = LABELS) -> Game:
    """Games with exact payoffs and labels of any letters."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    players = draw(st.lists(labels, min_size=len(sizes), max_size=len(sizes), unique=True))
    actions = [draw(st.lists(labels, min_size=n, max_size=n, unique=True)) for n in sizes]
    count = len(sizes) * int(np.prod(sizes))
    exact = np.empty(count, dtype=object)
    exact[:] = draw(st.lists(PAYOFFS, min_size=count, max_size=count))
    exact = exact.reshape(len(sizes), *sizes)
    return Game(tuple(players), tuple(map(tuple, actions)), exact.astype(float), exact=exact)


def same(one: Game, other: Game) -> None:
    assert (one.players, one.actions) == (other.players, other.actions)
    assert one.exact is not None
    assert other.exact is not None
    assert (one.exact == other.exact).all()
    assert np.array_equal(one.payoffs, other.payoffs)


@given(games(), st.text(max_size=10), st.text(max_size=10))
def test_nfg_comes_back(game: Game, title: str, comment: str) -> None:
    clean = "".join(c for c in title if c.isprintable() or c.isspace()).replace("\x1c", "")
    file = parse(write_nfg(game, title=clean, comment=comment))
    same(file.game, game)
    assert file.title.split() == clean.split()


@given(games(LABELS.map(str.strip).filter(lambda label: not label.startswith("payoff_"))))
def test_csv_comes_back(game: Game) -> None:
    # A delimiter that stands more often in the labels than the comma cannot be told from one.
    text = write_csv(game)
    head = text.split("\n", 1)[0]
    if max(head.count(";"), head.count("\t")) < head.count(","):
        same(parse(text, kind="csv").game, game)


@given(games(st.from_regex(r"[a-z]{1,3}", fullmatch=True)), SEEDS)
def test_the_order_of_rows_and_columns_changes_labels_only(game: Game, seed: int) -> None:
    rows = list(csv.reader(io.StringIO(write_csv(game))))
    generator = random.Random(seed)
    order = generator.sample(range(len(rows[0])), len(rows[0]))
    rows[1:] = generator.sample(rows[1:], len(rows) - 1)
    text = "\n".join(",".join(row[k] for k in order) for row in rows)
    back = parse(text, kind="csv").game
    for profile in game.profiles:
        at = tuple(own.index(a) for own, a in zip(game.actions, profile, strict=True))
        paid = dict(zip(game.players, np.moveaxis(game.payoffs, 0, -1)[at], strict=True))
        named = dict(zip(game.players, profile, strict=True))
        where = tuple(
            own.index(named[p]) for p, own in zip(back.players, back.actions, strict=True)
        )
        there = dict(zip(back.players, np.moveaxis(back.payoffs, 0, -1)[where], strict=True))
        assert there == paid


# --- trees ----------------------------------------------------------------------------------------


def value(tree: Tree, plans: list[dict[int, int]], node: int = 0) -> list[Fraction]:
    """What a subgame pays where every player follows a plan: the slow and obvious way."""
    paid = list(tree.payoffs[node] or [Fraction(0)] * len(tree.players))
    children = tree.children[node]
    if children:
        at = tree.information_sets[tree.at[node]]
        if at.player == CHANCE:
            weights = dict(zip(children, at.probabilities, strict=True))
        else:
            weights = {children[plans[at.player][tree.at[node]]]: Fraction(1)}
        for child, weight in weights.items():
            for p, more in enumerate(value(tree, plans, child)):
                paid[p] += weight * more
    return paid


def full_plans(tree: Tree, player: int) -> Iterator[dict[int, int]]:
    """Every plan of a player: an action at each information set, reached or not."""
    sets = tree.sets_of(player)
    for choice in product(*(range(len(tree.information_sets[k].actions)) for k in sets)):
        yield dict(zip(sets, choice, strict=True))


def small(file: GameFile, most: int) -> bool:
    assert file.tree is not None
    plans = 1
    for at in file.tree.information_sets:
        plans *= len(at.actions) if at.player != CHANCE else 1
    return plans <= most


@given(SEEDS, st.booleans())
def test_a_normal_form_pays_what_its_tree_pays(seed: int, perfect: bool) -> None:
    file = parse(tree_text(seed, perfect=perfect))
    tree = file.tree
    assert tree is not None
    game = reduced_normal_form(tree, "tree", forgetful=True)
    if tree.perfect_recall:
        np.testing.assert_array_equal(game.exact, file.game.exact)
    else:
        assert not perfect
        with pytest.raises(DataError, match="does not remember at information set"):
            _ = file.game
    assert game.exact is not None
    assert all(len(set(own)) == len(own) for own in game.actions), "strategies repeat"
    if not small(file, 300):
        return
    for profile in product(*(list(full_plans(tree, p)) for p in range(len(tree.players)))):
        index = []
        for p, plan in enumerate(profile):
            words = [tree.information_sets[k].actions[plan[k]] for k in tree.sets_of(p)]
            fits = [k for k, label in enumerate(game.actions[p]) if covers(label, words)]
            assert len(fits) == 1, "every plan is one reduced strategy"
            index += fits
        assert np.moveaxis(game.exact, 0, -1)[tuple(index)].tolist() == value(tree, list(profile))


def covers(label: str, words: list[str]) -> bool:
    """Whether a reduced strategy stands for a plan."""
    if not words:
        return label == "no move"
    told = [part.rpartition(": ")[2] for part in label.split(", ")]
    assert len(told) == len(words)
    return all(one in ("*", word) for one, word in zip(told, words, strict=True))


@given(SEEDS)
def test_backward_induction_finds_what_no_one_shot_deviation_betters(seed: int) -> None:
    file = parse(tree_text(seed, perfect=True))
    tree = file.tree
    assert tree is not None
    found = backward_induction(tree, "tree")
    for each in found.equilibria:
        plans = by_set(tree, each.choices)
        assert value(tree, plans) == list(each.payoffs)
        assert subgame_perfect(tree, plans)
    listed = {tuple(sorted(each.choices.items())) for each in found.equilibria}
    assert len(listed) == len(found.equilibria)
    if not found.complete or not small(file, 300):
        return
    where = {k: node for node, k in enumerate(tree.at)}
    every = product(*(list(full_plans(tree, p)) for p in range(len(tree.players))))
    right = {
        tuple(sorted((where[k], a) for plan in plans for k, a in plan.items()))
        for plans in map(list, every)
        if subgame_perfect(tree, plans)
    }
    assert listed == right
    # What is subgame perfect is an equilibrium of the reduced normal form.
    game = file.game
    for each in found.equilibria:
        strategies = game.pure(found.reduced(each))
        assert game.regret(strategies) <= 1e-12


def by_set(tree: Tree, choices: dict[int, int]) -> list[dict[int, int]]:
    plans: list[dict[int, int]] = [{} for _ in tree.players]
    for node, action in choices.items():
        plans[tree.information_sets[tree.at[node]].player][tree.at[node]] = action
    return plans


def subgame_perfect(tree: Tree, plans: list[dict[int, int]]) -> bool:
    for node, children in enumerate(tree.children):
        if not children:
            continue
        at = tree.information_sets[tree.at[node]]
        if at.player != CHANCE:
            worth = [value(tree, plans, child)[at.player] for child in children]
            if worth[plans[at.player][tree.at[node]]] < max(worth):
                return False
    return True


# --- broken files ---------------------------------------------------------------------------------

PIECES = st.sampled_from(
    (
        *'{},"\\/.-+e0123456789 \n\t;',
        *('""', "1/0", "1e999999999", "nan", "inf", "\0", "é", "{ {", "9" * 30, "\ud7ff"),
        *("{ 1000000 1000000 }", 'c "" 1 ', 'p "" 2 ', 't "" 0', "payoff_", "EFG"),
    )
)


def attempt(text: str, kind: str | None) -> None:
    """Read, and build what is built from it; only one sentence may come instead."""
    try:
        file = parse(text, "game", kind)
        game = file.game
        assert np.isfinite(game.payoffs).all()
        assert game.exact is not None
        if file.tree is not None and file.tree.perfect_information:
            backward_induction(file.tree, "game")
        write_nfg(game)
    except NegotiationError as error:
        message = str(error)
        assert message
        assert message.isprintable()
        assert len(message) < 500


@examples(300)
@given(st.data(), st.sampled_from(range(len(VALID))))
def test_mutated_files_are_read_or_refused(data: st.DataObject, which: int) -> None:
    text = VALID[which]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = min(len(text), start + data.draw(st.integers(0, 8)))
        change = data.draw(st.integers(0, 2))
        piece: Any = data.draw(PIECES) if change == 0 else text[start:stop] * change
        text = text[:start] + piece + text[stop:]
    attempt(text, "csv" if which >= 4 else None)


@given(st.text(max_size=200), st.sampled_from(["nfg", "efg", "csv", None]))
def test_any_text_is_read_or_refused(text: str, kind: str | None) -> None:
    attempt(text, kind)


@given(st.lists(PIECES, max_size=60), st.sampled_from(['NFG 1 R "" ', 'EFG 2 R "" { "A" "B" } ']))
def test_any_words_after_a_header_are_read_or_refused(pieces: list[str], start: str) -> None:
    attempt(start + " ".join(pieces), None)


@given(st.binary(max_size=300), st.sampled_from([".nfg", ".efg", ".csv", ".dat"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory: Any, content: bytes, suffix: str) -> None:
    path: Path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(content)
    said = ""
    try:
        read(path)
    except DataError as error:
        said = str(error)
    assert said.isprintable()
    assert not said or str(path) in said
