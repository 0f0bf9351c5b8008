"""W21: a tree in which a player forgets is refused, whatever it is that is forgotten."""

from __future__ import annotations

import pytest

from negotiation.errors import DataError
from negotiation.games.files import parse

ABSENT_MINDED = """EFG 2 R "driver" { "driver" "inn" }
p "" 1 1 "junction" { "go on" "exit" } 0
p "" 1 1 "junction" { "go on" "exit" } 0
t "" 1 "far" { 1, 0 }
p "" 2 1 "inn" { "open" "closed" } 0
t "" 2 "home" { 4, 1 }
t "" 3 "closed" { 4, 0 }
t "" 4 "bad" { 0, 0 }"""

# She moves, he moves, she moves again without knowing what she did.
FORGETS_A_MOVE = """EFG 2 R "" { "she" "he" }
p "" 1 1 "first" { "a" "b" } 0
p "" 2 1 "his" { "c" "d" } 0
p "" 1 2 "second" { "e" "f" } 0
t "" 1 "" { 1, 0 }
t "" 2 "" { 2, 0 }
p "" 1 2 0
t "" 3 "" { 3, 0 }
t "" 4 "" { 4, 0 }
p "" 2 1 0
p "" 1 2 0
t "" 5 "" { 5, 0 }
t "" 6 "" { 6, 0 }
p "" 1 2 0
t "" 7 "" { 7, 0 }
t "" 8 "" { 8, 0 }"""

# Chance tells her which card it is, and later she does not know any more (Kuhn's bridge players).
FORGETS_WHAT_SHE_KNEW = """EFG 2 R "" { "she" "he" }
c "" 1 "deal" { "high" 1/2 "low" 1/2 } 0
p "" 1 1 "sees high" { "pass" } 0
p "" 1 3 "later" { "x" "y" } 0
t "" 1 "" { 1, 0 }
t "" 2 "" { 0, 1 }
p "" 1 2 "sees low" { "pass" } 0
p "" 1 3 0
t "" 3 "" { 0, 1 }
t "" 4 "" { 1, 0 }"""

# She is asked only on one of two ways to the same information set.
FORGETS_THAT_SHE_WAS_ASKED = """EFG 2 R "" { "she" "he" }
p "" 2 1 "his" { "ask" "not" } 0
p "" 1 1 "asked" { "yes" "no" } 0
p "" 1 2 "later" { "x" "y" } 0
t "" 1 "" { 1, 0 }
t "" 2 "" { 0, 1 }
t "" 3 "" { 0, 1 }
p "" 1 2 0
t "" 4 "" { 1, 0 }
t "" 5 "" { 3, 0 }"""

# She does not see what he did: imperfect information, perfect recall.
REMEMBERS = """EFG 2 R "" { "he" "she" }
p "" 2 1 "hers" { "a" "b" } 0
p "" 1 1 "his" { "c" "d" } 0
p "" 2 2 "after a" { "e" "f" } 0
t "" 1 "" { 1, 0 }
t "" 2 "" { 2, 5 }
p "" 2 2 0
t "" 3 "" { 3, 0 }
t "" 4 "" { 4, 1 }
p "" 1 1 0
t "" 5 "" { 5, 2 }
t "" 6 "" { 6, 2 }"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ABSENT_MINDED, "driver does not remember at information set 'junction' to have been"),
        (FORGETS_A_MOVE, "she does not remember at information set 'second' what it chose at"),
        (FORGETS_WHAT_SHE_KNEW, "she does not remember at information set 'later' whether it was"),
        (FORGETS_THAT_SHE_WAS_ASKED, "at information set 'later' whether it was at information"),
    ],
)
def test_w21_imperfect_recall_is_refused_in_a_sentence(text: str, told: str) -> None:
    file = parse(text, "game.efg")
    assert file.tree is not None
    assert not file.tree.perfect_recall
    with pytest.raises(DataError, match=r"^game.efg: .*imperfect recall") as caught:
        _ = file.game
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_w21_imperfect_information_alone_is_no_fault() -> None:
    file = parse(REMEMBERS)
    assert file.tree is not None
    assert file.tree.perfect_recall
    assert not file.tree.perfect_information
    assert file.game.payoffs.shape == (2, 2, 3)
