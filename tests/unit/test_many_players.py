"""Mixed equilibria of more than two players: known answers, all of them, and honest claims."""

from __future__ import annotations

from itertools import chain, combinations, count, permutations, product

import numpy as np
import pytest

from negotiation.games import solve
from negotiation.games.game import Array, Game
from negotiation.games.many_players import ManyPlayers, enumerate_supports_of_many
from negotiation.tolerances import REGRET
from tests.drawn import first

Profile = tuple[Array, ...]


def game(payoffs: Array) -> Game:
    players = tuple(f"player {p}" for p in range(payoffs.shape[0]))
    return Game(players, tuple(tuple(map(str, range(k))) for k in payoffs.shape[1:]), payoffs)


def by_rule(shape: tuple[int, ...], rule: dict[tuple[int, ...], tuple[float, ...]]) -> Array:
    payoffs = np.zeros((len(shape), *shape))
    for profile, values in rule.items():
        for p, value in enumerate(values):
            payoffs[(p, *profile)] = value
    return payoffs


def distance(one: Profile, other: Profile) -> float:
    return max(float(np.abs(p - q).max()) for p, q in zip(one, other, strict=True))


def assert_same(one: tuple[Profile, ...], other: tuple[Profile, ...], within: float) -> None:
    assert len(one) == len(other)
    for each in one:
        assert min(distance(each, known) for known in other) <= within


def everything(payoffs: Array) -> tuple[Profile, ...]:
    found = enumerate_supports_of_many(payoffs, deadline=None)
    assert found.complete, found.reasons
    assert found.reasons == ()
    assert_certified(found, payoffs)
    return found.candidates


def assert_certified(found: ManyPlayers, payoffs: Array) -> None:
    for k, strategies in enumerate(found.candidates):
        assert game(payoffs).regret(strategies) <= REGRET
        for other in found.candidates[:k]:
            assert distance(strategies, other) > 1e-7


# --- known answers --------------------------------------------------------------------------------

#: Nau, Gomez Canovas and Hansen (2004): rational payoffs, one equilibrium, irrational.
NAU = by_rule(
    (2, 2, 2),
    {
        (0, 0, 0): (3, 0, 2),
        (0, 1, 0): (0, 2, 0),
        (1, 0, 0): (0, 1, 0),
        (1, 1, 0): (1, 0, 0),
        (0, 0, 1): (1, 0, 0),
        (0, 1, 1): (0, 1, 0),
        (1, 0, 1): (0, 3, 0),
        (1, 1, 1): (2, 0, 3),
    },
)

#: McKelvey and McLennan (1996): nine equilibria, as many as regular 2 x 2 x 2 games can have; two
#: of them totally mixed.
NINE = by_rule(
    (2, 2, 2),
    {
        (0, 0, 0): (9, 8, 12),
        (1, 1, 0): (9, 8, 2),
        (1, 0, 1): (3, 4, 6),
        (0, 1, 1): (3, 4, 6),
    },
)


def test_one_irrational_equilibrium() -> None:
    (found,) = everything(NAU)
    root = np.sqrt(601.0)
    assert found[1][0] == pytest.approx((root - 13.0) / 24.0, abs=1e-14)
    assert found[2][0] == pytest.approx((root - 23.0) / 4.0, abs=1e-13)


def test_nine_equilibria() -> None:
    found = everything(NINE)
    assert len(found) == 9
    assert sum(min(p.min() for p in each) > 0.0 for each in found) == 2
    assert (
        sum(max(p.max() for p in each) == 1.0 == min(p.max() for p in each) for each in found) == 4
    )


def test_matching_pennies_of_three() -> None:
    # One wants to match two, two to match three, three not to match one (Jordan 1993).
    payoffs = by_rule(
        (2, 2, 2),
        {(i, j, k): (i == j, j == k, k != i) for i, j, k in product(range(2), repeat=3)},
    )
    (found,) = everything(payoffs)
    assert distance(found, (np.full(2, 0.5),) * 3) < 1e-14


def bar(players: int) -> Array:
    """One room, pleasant for one guest only, who gains 1; the others lose 1 each."""
    rule = {
        profile: tuple(float(a * (1 if sum(profile) == 1 else -1)) for a in profile)
        for profile in product(range(2), repeat=players)
    }
    return by_rule((2,) * players, rule)


@pytest.mark.parametrize("players", [2, 3, 4])
def test_crowded_bar(players: int) -> None:
    # Whoever is not sure to stay away goes with the same chance: the others stay away with 1/2.
    found = everything(bar(players))
    expected = []
    for active in chain.from_iterable(
        combinations(range(players), k) for k in range(1, players + 1)
    ):
        stay = 0.5 ** (1.0 / (len(active) - 1)) if len(active) > 1 else 0.0
        expected.append(
            tuple(
                np.array([stay, 1.0 - stay]) if p in active else np.array([1.0, 0.0])
                for p in range(players)
            )
        )
    assert_same(found, tuple(expected), 1e-12)


def test_majority() -> None:
    payoffs = by_rule(
        (2, 2, 2),
        {
            profile: tuple(float(a == (sum(profile) >= 2)) for a in profile)
            for profile in product(range(2), repeat=3)
        },
    )
    found = everything(payoffs)
    expected = tuple((np.array([q, 1.0 - q]),) * 3 for q in (0.0, 0.5, 1.0))
    assert_same(found, expected, 1e-12)


# --- all of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_two_players_as_by_support_enumeration(seed: int) -> None:
    payoffs = np.random.default_rng(seed).random((2, 4, 3))
    known = solve(game(payoffs))
    assert known.completeness == "complete"
    assert_same(everything(payoffs), tuple(each.strategies for each in known.at()), 1e-9)


def searched(payoffs: Array, starts: int, rng: np.random.Generator) -> list[Profile]:
    """Totally mixed equilibria of 2 x 2 x 2 and 2 x 2 x 2 x 2, by Newton steps from many points."""
    players = payoffs.shape[0]
    gains = [np.diff(payoffs[p], axis=p).squeeze(axis=p) for p in range(players)]

    def side(p: int, points: Array) -> Array:
        value = np.broadcast_to(gains[p], (len(points), *gains[p].shape))
        for q in (q for q in reversed(range(players)) if q != p):
            weights = np.stack([1.0 - points[:, q], points[:, q]], axis=1)
            value = np.einsum("n...k,nk->n...", value, weights)
        return value

    def sides(points: Array) -> Array:
        return np.stack([side(p, points) for p in range(players)], axis=1)

    points = rng.random((starts, players))
    for _ in range(30):
        slopes = np.empty((starts, players, players))
        for q in range(players):
            ends = [points.copy(), points.copy()]
            ends[0][:, q], ends[1][:, q] = 0.0, 1.0
            slopes[:, :, q] = sides(ends[1]) - sides(ends[0])
        slopes += 1e-13 * rng.normal(size=slopes.shape)
        step = np.linalg.solve(slopes, sides(points)[..., None])[..., 0]
        points = np.clip(points - step, -3.0, 4.0)
    good = (np.abs(sides(points)).max(axis=1) < 1e-11) & (np.abs(points - 0.5).max(axis=1) < 0.5)
    return [tuple(np.array([1.0 - q, q]) for q in point) for point in points[good]]


@pytest.mark.parametrize("players", [3, 4])
@pytest.mark.parametrize("seed", first(2, range(6)))
def test_a_search_from_many_points_finds_nothing_else(seed: int, players: int) -> None:
    rng = np.random.default_rng(seed)
    payoffs = rng.normal(size=(players, *(2,) * players))
    found = everything(payoffs)
    assert len(found) % 2 == 1  # Wilson (1971): regular games have an odd number
    for other in searched(payoffs, 2_000, rng):
        assert min(distance(other, each) for each in found) < 1e-6


@pytest.mark.parametrize("shape", [(3, 2, 2), (3, 3, 2)])
@pytest.mark.parametrize("seed", range(2))
def test_an_odd_number(shape: tuple[int, ...], seed: int) -> None:
    assert len(everything(np.random.default_rng(seed).random((3, *shape)))) % 2 == 1


def test_three_actions_each() -> None:
    # Everyone counts who does the same: any set of actions is an equilibrium, played by chance.
    payoffs = np.zeros((3, 3, 3, 3))
    for i, j, k in product(range(3), repeat=3):
        payoffs[:, i, j, k] = (i == j) + (i == k), (j == i) + (j == k), (k == i) + (k == j)
    sets = [np.array(each) for each in product((0.0, 1.0), repeat=3) if any(each)]
    expected = tuple((each / each.sum(),) * 3 for each in sets)
    assert_same(everything(payoffs), expected, 1e-12)


# --- what must not matter -------------------------------------------------------------------------


def test_units_and_zeros() -> None:
    units = np.array([1e6, 1e-3, 7.0])[:, None, None, None]
    zeros = np.array([-3e6, 5.0, 0.1])[:, None, None, None]
    for payoffs in (NAU, NINE, np.random.default_rng(1).random((3, 3, 2, 2))):
        assert_same(everything(payoffs * units + zeros), everything(payoffs), 1e-9)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_order_of_players(order: tuple[int, ...]) -> None:
    payoffs = np.random.default_rng(4).random((3, 3, 2, 2))
    swapped = payoffs[list(order)].transpose(0, *(1 + p for p in order))
    expected = tuple(tuple(each[p] for p in order) for each in everything(payoffs))
    assert_same(everything(swapped), expected, 1e-9)


@pytest.mark.full
def test_order_of_actions() -> None:
    payoffs = np.random.default_rng(6).random((3, 3, 2, 3))
    turned = payoffs[:, [2, 0, 1]][:, :, :, ::-1]
    expected = tuple((x[[2, 0, 1]], y, z[::-1]) for x, y, z in everything(payoffs))
    assert_same(everything(turned), expected, 1e-9)


def test_a_player_with_one_action_is_as_if_not_there() -> None:
    two = np.random.default_rng(2).random((2, 3, 3))
    three = np.concatenate([two, np.ones((1, 3, 3))])
    for axis in range(3):
        players = [0, 1]
        players.insert(axis, 2)
        payoffs = np.expand_dims(three[players], 1 + axis)
        found = tuple(tuple(each[:axis] + each[axis + 1 :]) for each in everything(payoffs))
        assert_same(found, everything(two), 1e-9)


def test_a_dominated_action_changes_nothing() -> None:
    worse = np.concatenate([NINE, np.full((3, 1, 2, 2), -1.0)], axis=1)
    found = everything(worse)
    assert all(each[0][2] == 0.0 for each in found)
    assert_same(tuple((each[0][:2], *each[1:]) for each in found), everything(NINE), 1e-9)


# --- claims ---------------------------------------------------------------------------------------


def test_a_player_nobody_heeds_leaves_a_continuum() -> None:
    two = np.array([[[2.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 2.0]]])
    payoffs = np.zeros((3, 2, 2, 2))
    payoffs[:2] = two[..., None]
    found = enumerate_supports_of_many(payoffs, deadline=None)
    assert not found.complete
    assert "not isolated" in " ".join(found.reasons)
    assert_certified(found, payoffs)
    for action in range(2):
        pure = [each[:2] for each in found.candidates if each[2][action] == 1.0]
        assert_same(tuple(pure), everything(two), 1e-9)


def test_constant_payoffs() -> None:
    found = enumerate_supports_of_many(np.ones((3, 2, 2, 2)), deadline=None)
    assert not found.complete
    assert len(found.candidates) >= 8


@pytest.mark.parametrize(
    ("advantage", "complete"), [(1e-6, True), (1e-10, False), (0.0, False), (-1e-10, False)]
)
def test_a_tie_is_not_decided(advantage: float, complete: bool) -> None:
    # At 0/0/0 the first player gains `-advantage` by leaving; else leaving costs 1.
    payoffs = np.zeros((3, 2, 2, 2))
    payoffs[0, 0], payoffs[1, :, 0], payoffs[2, :, :, 0] = 1.0, 1.0, 1.0
    payoffs[0, 1, 0, 0] = 1.0 - advantage
    payoffs[:, 1, 1, 1] = 0.0
    found = enumerate_supports_of_many(payoffs, deadline=None)
    assert found.complete is complete
    assert bool(found.reasons) is not complete
    first = tuple(np.array([1.0, 0.0]) for _ in range(3))
    assert min(distance(each, first) for each in found.candidates) == 0.0


def test_a_double_root_is_not_called_regular() -> None:
    # Totally mixed: x = y, y = z and (x - 1/2) ** 2 = `gap`: two solutions, one, or none.
    def touching(gap: float) -> Array:
        payoffs = np.zeros((3, 2, 2, 2))
        for i, j, k in product(range(2), repeat=3):
            payoffs[0, i, j, k] = i * (j * k - (j + k) / 2.0 + 0.25 - gap)
            payoffs[1, i, j, k] = j * (i - k)
            payoffs[2, i, j, k] = k * (i - j)
        return payoffs

    def mixed(found: ManyPlayers) -> int:
        return sum(min(p.min() for p in each) > 1e-3 for each in found.candidates)

    two = enumerate_supports_of_many(touching(0.01), deadline=None)
    one = enumerate_supports_of_many(touching(0.0), deadline=None)
    none = enumerate_supports_of_many(touching(-0.01), deadline=None)
    assert [mixed(each) for each in (two, none)] == [2, 0]
    assert not one.complete
    assert "not isolated" in " ".join(one.reasons)


def test_the_deadline_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    payoffs = np.random.default_rng(0).random((3, 4, 4, 4))
    ticks = count()
    clock = "negotiation.games.many_players.time.monotonic"
    monkeypatch.setattr(clock, lambda: float(next(ticks)))
    found = enumerate_supports_of_many(payoffs, deadline=30.0)
    assert next(ticks) < 60
    assert not found.complete
    assert "supports undecided after" in found.reasons[0]
    assert_certified(found, payoffs)


def test_a_deadline_that_has_passed_claims_nothing() -> None:
    found = enumerate_supports_of_many(NINE, deadline=-1.0)
    assert found.candidates == ()
    assert not found.complete
    assert found.reasons[0].startswith("27 of 27 supports undecided")
