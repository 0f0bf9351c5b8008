"""Texts of game files: those that are right, and random trees."""

from __future__ import annotations

import random


def tree_text(seed: int, *, perfect: bool) -> str:
    """A random extensive game, by seed: chance, outcomes anywhere, repeated descriptions or none.

    Where not perfect, information sets are drawn again at any node, so that players forget what
    they did, or meet one set twice in one play.
    """
    generator = random.Random(seed)
    players = generator.choice([2, 2, 3])
    lines = [f'EFG 2 R "" {{ {" ".join(f"{chr(34)}P{k}{chr(34)}" for k in range(players))} }}']
    sizes: dict[tuple[int, int], int] = {}
    outcomes = iter(range(1, 10**6))

    def outcome(odds: float) -> str:
        if generator.random() > odds:
            return "0"
        paid = (f"{generator.randint(-3, 3)}/{generator.randint(1, 2)}" for _ in range(players))
        return f'{next(outcomes)} "" {{ {", ".join(paid)} }}'

    def node(depth: int) -> None:
        kind = generator.random()
        if depth == 0 or kind < 0.1:
            lines.append(f't "" {outcome(0.9)}')
            return
        number = len(sizes) + 1
        if kind < 0.25:
            weights = [generator.randint(0, 3) for _ in range(generator.randint(1, 3))]
            weights[0] += 1
            told = " ".join(f'"h{k}" {w}/{sum(weights)}' for k, w in enumerate(weights))
            sizes[0, number] = len(weights)
            lines.append(f'c "" {number} "" {{ {told} }} {outcome(0.2)}')
        else:
            player = generator.randint(1, players)
            met = [key for key in sizes if key[0] == player]
            key = (player, number)
            if not perfect and met and generator.random() < 0.4:
                key = generator.choice(met)
            described = key not in sizes or generator.random() < 0.5
            size = sizes.setdefault(key, generator.choice([1, 2, 2, 3]))
            told = " ".join(f'"a{k}"' for k in range(size))
            told = f' "s{key[1]}" {{ {told} }}' if described else ""
            lines.append(f'p "" {player} {key[1]}{told} {outcome(0.2)}')
        for _ in range(sizes[key] if kind >= 0.25 else len(weights)):
            node(depth - 1)

    node(generator.choice([1, 2, 3]))
    return "\n".join(lines)


VALID = (
    'NFG 1 R "t" { "A" "B" } { { "u" "d" } { "l" "r" } } "c" 1 2 3 4 5/2 -6 7e1 .8\n',
    'NFG 1 R "t" { "A" "B" } { 2 2 }\n{ { "x" 1, 2 } { "" 3 4 } }\n1 2 0 1\n',
    tree_text(5, perfect=True),
    tree_text(6, perfect=False),
    "A,B,payoff_A,payoff_B\nu,l,1,2\nu,r,1/3,2\nd,l,.5,2\nd,r,1,2e3\n",
    'A / B,l,r\nu,"1, 2","3, 4"\nd,"5, 6","7, 8"\n',
)
