"""What a picture of a sweep shows: names such as `deal`, `loss.us` or a column, as panels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from negotiation.errors import ParameterError, nearest
from negotiation.model import Model
from negotiation.outcome.columns import Column, column_name
from negotiation.regimes.signal import SIGNALS
from negotiation.words import opening


@dataclasses.dataclass(frozen=True)
class PictureCurve:
    """A number in a panel.

    Attributes
    ----------
    column : str
    label : str
        What tells it from the other numbers of its panel; empty where it is alone.
    sign : float
        -1 where the panel shows what the column falls short of zero by.
    lasting : bool
        Whether it is of the dispute while it lasts, beside what follows a breakdown.
    """

    column: str
    label: str = ""
    sign: float = 1.0
    lasting: bool = False


@dataclasses.dataclass(frozen=True)
class PicturePanel:
    """Numbers that share an axis.

    Attributes
    ----------
    name : str
        As it is asked for.
    title : str
        What is shown, without its unit.
    curves : tuple of PictureCurve
    unit : str
    kind : str
        `deal`, where a negative number is a concession; `chance`, for probabilities; `loss`, of
        which a positive number is none that is gained; else empty.
    player : str
        Whose numbers they are; empty for nobody's.
    about : str
        The number within a sentence, where that is not the title.
    """

    name: str
    title: str
    curves: tuple[PictureCurve, ...]
    unit: str
    kind: str = ""
    player: str = ""
    about: str = ""

    @property
    def subject(self) -> str:
        """The number as the subject of a sentence."""
        return self.about or self.title


#: The panel of all events whose probability changes.
CHANCES: Final = "chances"


def panels(
    model: type[Model], columns: Mapping[str, Column], names: Sequence[str] = ()
) -> list[PicturePanel]:
    """Return the panels of a picture: those that are asked for, or the usual ones.

    Parameters
    ----------
    columns : mapping of str to Column
        Of the sweep; of their values nothing is asked but the kind.
    names : sequence of str

    Raises
    ------
    ParameterError
        For a name that is unknown, with those that are known.
    """
    if not names:
        return list(_usual(model, columns))
    return [each for name in names for each in _named(model, columns, name)]


def read_names(text: str | None) -> list[str]:
    """Read the names of `--show`, which commas part."""
    return [each.strip() for each in (text or "").split(",") if each.strip()]


def _lasting(model: type[Model], columns: Mapping[str, Column]) -> bool:
    return f"inside_{model.players[0]}" in columns


def _usual(model: type[Model], columns: Mapping[str, Column]) -> Iterator[PicturePanel]:
    first = model.players[0]
    if f"delta_{first}" in columns:
        yield from _deal(model, columns, first)
    for player in model.players:
        yield from _no_deal(model, columns, player)
    yield from _levers(model, columns, "")


def _who(model: type[Model], player: str) -> str:
    return opening(model.named(player))


def _deal(model: type[Model], columns: Mapping[str, Column], player: str) -> Iterator[PicturePanel]:
    curves: tuple[PictureCurve, ...] = (PictureCurve(f"delta_{player}"),)
    if _lasting(model, columns):
        curves = (
            PictureCurve(f"delta_inside_{player}", "From the dispute today", lasting=True),
            PictureCurve(f"delta_breakdown_{player}", "After a breakdown"),
        )
    if all(each.column in columns for each in curves):
        title = f"What a deal gives {model.named(player)}"
        unit = columns[curves[0].column].unit
        yield PicturePanel(f"deal.{player}", title, curves, unit, "deal", player)


def _today(
    model: type[Model], columns: Mapping[str, Column], player: str
) -> Iterator[PicturePanel]:
    name = f"inside_{player}"
    if name in columns:
        title = f"{_who(model, player)} while the dispute lasts"
        curve = PictureCurve(name, lasting=True)
        about = f"what {model.named(player)} has while the dispute lasts"
        yield PicturePanel(
            f"today.{player}", title, (curve,), columns[name].unit, "", player, about
        )


def _payoff(columns: Mapping[str, Column], player: str) -> str:
    """The column of a payoff: money without political costs where these differ."""
    money = f"money_{player}"
    return money if money in columns else f"payoff_{player}"


def _breakdown(
    model: type[Model], columns: Mapping[str, Column], player: str
) -> Iterator[PicturePanel]:
    name = _payoff(columns, player)
    if name in columns:
        title = f"{_who(model, player)} once talks have broken down"
        about = f"what {model.named(player)} has once talks have broken down"
        unit = columns[name].unit
        yield PicturePanel(
            f"breakdown.{player}", title, (PictureCurve(name),), unit, "", player, about
        )


def _no_deal(
    model: type[Model], columns: Mapping[str, Column], player: str
) -> Iterator[PicturePanel]:
    name = _payoff(columns, player)
    if name not in columns:
        return
    curves: tuple[PictureCurve, ...] = (PictureCurve(name),)
    if _lasting(model, columns):
        curves = (
            PictureCurve(f"inside_{player}", "While the dispute lasts", lasting=True),
            PictureCurve(name, "Once talks have broken down"),
        )
    title = f"{_who(model, player)} without a deal"
    about = f"what {model.named(player)} has without a deal"
    yield PicturePanel(f"no_deal.{player}", title, curves, columns[name].unit, "", player, about)


def _loss(model: type[Model], columns: Mapping[str, Column], player: str) -> Iterator[PicturePanel]:
    name = f"gain_{player}"
    if name in columns:
        title = f"What {model.named(player)} loses without a deal"
        curve = PictureCurve(name, sign=-1.0)
        yield PicturePanel(f"loss.{player}", title, (curve,), columns[name].unit, "loss", player)


def _share(
    model: type[Model], columns: Mapping[str, Column], player: str
) -> Iterator[PicturePanel]:
    for name in model.headline:
        key = column_name(name)
        if key not in columns:
            continue
        curves: tuple[PictureCurve, ...] = (PictureCurve(key),)
        if f"{key}_inside" in columns:
            curves = (
                PictureCurve(f"{key}_inside", "While the dispute lasts", lasting=True),
                PictureCurve(key, "Once talks have broken down"),
            )
        yield PicturePanel("share", opening(columns[key].about), curves, columns[key].unit)


def _levers(
    model: type[Model], columns: Mapping[str, Column], player: str
) -> Iterator[PicturePanel]:
    """What the levers do by themselves: a panel for every unit."""
    of_unit: dict[str, list[PictureCurve]] = {}
    for name, told in model.own_effects.items():
        key = column_name(name)
        if key in columns:
            of_unit.setdefault(columns[key].unit, []).append(PictureCurve(key, opening(told)))
    for unit, curves in of_unit.items():
        yield PicturePanel("levers", "What the levers do by themselves", tuple(curves), unit)


def _chances(
    model: type[Model], columns: Mapping[str, Column], player: str
) -> Iterator[PicturePanel]:
    yield PicturePanel(CHANCES, "In how many of 100 draws", (), "of 100 draws", "chance")


_Made = Callable[[type[Model], Mapping[str, Column], str], Iterator[PicturePanel]]

#: Names of panels that are of a player: the first where none is said.
_OF_PLAYER: dict[str, _Made] = {
    "deal": _deal,
    "today": _today,
    "breakdown": _breakdown,
    "no_deal": _no_deal,
    "loss": _loss,
}

_OF_ALL: dict[str, _Made] = {"share": _share, "levers": _levers, CHANCES: _chances}


def _named(model: type[Model], columns: Mapping[str, Column], name: str) -> list[PicturePanel]:
    """Return the panels of one name."""
    word, _, player = name.strip().partition(".")
    found: list[PicturePanel] = []
    if word in _OF_PLAYER and (not player or player in model.players):
        found = list(_OF_PLAYER[word](model, columns, player or model.players[0]))
    elif word in _OF_ALL and not player:
        found = list(_OF_ALL[word](model, columns, ""))
    if found:
        return found
    key = column_name(name.strip())
    if key in columns and columns[key].values.dtype.kind in "fiub":
        column = columns[key]
        return [PicturePanel(key, opening(column.about or key), (PictureCurve(key),), column.unit)]
    event = key.removeprefix("p_")
    if key.startswith("p_") and event in _events(model):
        return [
            PicturePanel(
                key, "In how many of 100 draws", (PictureCurve(key),), "of 100 draws", "chance"
            )
        ]
    known = _known(model, columns)
    columns_ = [each for each, column in columns.items() if column.values.dtype.kind in "fiub"]
    hint = nearest(name, [*known, *columns_])
    raise ParameterError(
        f"'{name}' is nothing that a picture of {model.name()} shows{hint}; choose from "
        f"{', '.join(known)}, or a column such as {', '.join(columns_[:3])}"
    )


def _known(model: type[Model], columns: Mapping[str, Column]) -> list[str]:
    """Return the names that stand for something here."""
    found = [
        f"{word}.{player}"
        for word, made in _OF_PLAYER.items()
        for player in model.players
        if list(made(model, columns, player))
    ]
    return found + [word for word, made in _OF_ALL.items() if list(made(model, columns, ""))]


def _events(model: type[Model]) -> list[str]:
    """Names of the events whose probability is a column, without what begins them all."""
    names = [name.replace("-", "_") for name in SIGNALS]
    return [*names, *(f"{name}_{player}" for name in names for player in model.players)]
