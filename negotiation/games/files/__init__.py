"""Game files: Gambit's `.nfg` and `.efg`, payoff tables in CSV, nashpy games; in and out."""

from negotiation.games.files.backward_induction import (
    SubgamePerfect,
    SubgamePerfectSet,
    backward_induction,
)
from negotiation.games.files.csv_table import write_csv
from negotiation.games.files.game_file import SUFFIXES, GameFile, game_files, parse, read
from negotiation.games.files.nashpy_game import from_nashpy, to_nashpy
from negotiation.games.files.nfg import write_nfg
from negotiation.games.files.normal_form import reduced_normal_form
from negotiation.games.files.table import Deadline
from negotiation.games.files.tree import CHANCE, InformationSet, Tree

__all__ = [
    "CHANCE",
    "SUFFIXES",
    "Deadline",
    "GameFile",
    "InformationSet",
    "SubgamePerfect",
    "SubgamePerfectSet",
    "Tree",
    "backward_induction",
    "from_nashpy",
    "game_files",
    "parse",
    "read",
    "reduced_normal_form",
    "to_nashpy",
    "write_csv",
    "write_nfg",
]
