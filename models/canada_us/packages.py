"""What the talks can agree table by table: duties of the United States against countermeasures."""

from typing import TYPE_CHECKING

import numpy as np

from negotiation import bargaining
from negotiation.trade import Parts

from .calibration import CANADA, US

if TYPE_CHECKING:
    from .model import CanadaUS

#: Tables of the talks; `other` goods are not among them.
_TABLES = ("metals_energy", "autos", "forestry")

#: Shares of the US duties in force that stay, and of Canada's countermeasures, with their words;
#: first the option in which nothing is settled.
_OPTIONS = (
    ("nothing settled", 1.0, 1.0),
    ("Canada drops its countermeasures", 1.0, 0.0),
    ("the US halves its duties", 0.5, 1.0),
    ("the US halves its duties, Canada drops its own", 0.5, 0.0),
    ("the US removes its duties", 0.0, 1.0),
    ("both remove their duties", 0.0, 0.0),
)

#: The same, by position, for a table on which Canada has no countermeasures to drop.
_WITHOUT_COUNTERMEASURES = (0, 0, 2, 2, 4, 4)


def packages(model: "CanadaUS") -> bargaining.Packages:
    """Return all combinations of what the three tables may settle, solved as one batch.

    Duties on all other goods stay in force in every package. Payoffs are those of the game, in a
    world in which talks have not failed: against the status quo, outlets as far as already in use.
    """
    w = model.world
    tables = len(_TABLES)
    duties = model.kept()
    counter = duties[US, CANADA].mean
    sectors = [[s for s, table in enumerate(w.tables) if table == name] for name in _TABLES]
    # Packages that differ in nothing are solved once, so that their payoffs tie exactly.
    same = [
        tuple(range(len(_OPTIONS))) if np.any(counter[..., here, :]) else _WITHOUT_COUNTERMEASURES
        for here in sectors
    ]
    solve = [sorted(set(each)) for each in same]
    # (2, O1, ..., OT, S, 1): by side and sector the share of its duties that stays.
    stays = np.ones((2, *map(len, solve), len(w.sectors), 1))
    for k, here in enumerate(sectors):
        shares = np.array([_OPTIONS[option][1:] for option in solve[k]])
        shape = [1] * tables
        shape[k] = len(solve[k])
        for side in (0, 1):
            stays[side][..., here, :] = shares[:, side].reshape(*shape, 1, 1)
    wide = (Ellipsis, *[None] * tables, *[slice(None)] * 3)
    agreed = {
        pair: Parts(each.name, each.share, each.rate[wide] * stays[side][..., None, :, :])
        for side, (pair, each) in enumerate(duties.items())
    }
    solved = model.solved(agreed, model.moved, tables)
    payoffs = np.moveaxis(model.worth(solved, model.settled, tables), 0, -1 - tables)
    for k, each in enumerate(same):
        payoffs = payoffs.take([solve[k].index(option) for option in each], axis=k - tables)
    without = [
        name for name, each in zip(_TABLES, same, strict=True) if each == _WITHOUT_COUNTERMEASURES
    ]
    about = (
        "at each table the US removes none, half or all of its additional duties in force "
        f"({model.told('us.keep')}), and Canada keeps or drops its countermeasures; Canada may "
        "concede money's worth; duties on all other goods stay in force in every package"
    )
    if without:
        about += f"; Canada has no countermeasures to drop on {' and '.join(without)}"
    return bargaining.Packages(
        players=("canada", "us"),
        tables=_TABLES,
        options=(tuple(words for words, *_ in _OPTIONS),) * tables,
        payoffs=payoffs,
        transfer=model.concession_efficiency,
        about=about,
        certified=solved.converged.all(axis=tuple(range(-tables, 0))),
        names=(model.named("canada"), model.named("us")),
        unit=model.payoff_unit,
    )
