"""B17 and its like: actions named with the marks that join names; folders without a name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from negotiation import Game
from negotiation.errors import OutputError
from negotiation.games.margin import indices
from negotiation.trade.data.write import check_folder


@pytest.mark.parametrize("mark", ["+", "/", "+1+", "/+"])
def test_actions_may_hold_what_joins_them_b17(mark: str) -> None:
    actions = ((f"{mark}up", f"a{mark}b", "a"), (f"l{mark}", f"r{mark}s"))
    game = Game(("x", "y"), actions, np.zeros((2, 3, 2)))
    for rows in ([0], [1], [2], [0, 1], [1, 2], [0, 1, 2]):
        for columns in ([0], [1], [0, 1]):
            parts = (
                "+".join(actions[0][k] for k in rows),
                "+".join(actions[1][k] for k in columns),
            )
            assert indices(game, "/".join(parts)) == [rows, columns]


def test_a_folder_without_a_name_is_not_the_one_we_are_in_t5() -> None:
    with pytest.raises(OutputError, match="name of the folder is empty"):
        check_folder("", force=True)


def test_a_link_to_a_folder_that_is_not_there_is_named_b10(tmp_path: Path) -> None:
    link = tmp_path / "data"
    try:
        link.symlink_to("nowhere", target_is_directory=True)
    except OSError:
        pytest.skip("no symbolic links here")
    with pytest.raises(OutputError, match="is a link to nowhere, which does not exist"):
        check_folder(link)
