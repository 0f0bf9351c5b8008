# %% [markdown]
# # Trade data of your own: two players and a third region
#
# A small table of trade, written in a layout that `negotiation data import` reads, becomes a
# world. A model of two players puts duties on it. All figures are invented.

# %%
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from negotiation import AgreementSet, Case, Model, Talks, evaluate, parameter, read_trade
from negotiation.study import sweep
from negotiation.trade import Schedule, counterfactual, levers, nash_tariffs

folder = Path(mkdtemp())

# %% [markdown]
# ## The table
#
# One row is one flow: who sells to whom in which sector, in millions, sales at home included. The
# layout is called `tidy`. `use` may be added where sales are of intermediates.

# %%
table = folder / "trade.csv"
table.write_text(
    """origin,destination,sector,value
NOR,NOR,food,800
NOR,SUD,food,60
NOR,OTH,food,40
NOR,NOR,machines,500
NOR,SUD,machines,220
NOR,OTH,machines,180
SUD,NOR,food,150
SUD,SUD,food,900
SUD,OTH,food,110
SUD,NOR,machines,90
SUD,SUD,machines,400
SUD,OTH,machines,50
OTH,NOR,food,60
OTH,SUD,food,50
OTH,OTH,food,9000
OTH,NOR,machines,120
OTH,SUD,machines,110
OTH,OTH,machines,7000
""",
    encoding="utf-8",
)
world = read_trade(table, theta=5.0)
world.regions, world.sectors

# %% [markdown]
# `read_trade` checks the table and says row and column of what is wrong. `negotiation data check
# trade.csv` does the same from the command line.
#
# ## A duty
#
# Suppose that NOR puts 20 % on half of the food that it buys from SUD. `ev` is what that is worth
# to each region, in millions a year.

# %%
duty = Schedule("half of the food", "NOR", "SUD", {"food": (0.20, 0.5)})
dict(zip(world.regions, counterfactual(world, duty).ev.round(1).tolist(), strict=True))

# %% [markdown]
# ## The game
#
# Both sides stay open or tax the other. The payoffs are trade equilibria of the four profiles.
# The third region trades and does not act.

# %%
NOR, SUD = world.region("NOR"), world.region("SUD")


@dataclass(frozen=True)
class NorthAndSouth(Model):
    """Two neighbours may tax each other's goods."""

    rate: float = parameter(
        0.15, low=0, high=1, unit="ad valorem rate", source="invented", lever_of="north"
    )
    answer: float = parameter(
        0.15, low=0, high=1, unit="ad valorem rate", source="invented", lever_of="south"
    )

    players = ("north", "south")
    actions = (("open", "tax"), ("open", "tax"))
    payoff_unit = "millions a year"
    horizon = "long run, invented data"

    @cached_property
    def worlds(self):
        """Trade equilibria of the four profiles, (..., 2, 2)."""

        def duties(rate):  # (..., 2, S, 2): no duty, and the rate on every sector and use
            each = np.ones((len(world.sectors), 2))
            on_all = np.asarray(rate, dtype=float)[..., None, None] * each
            return np.stack([np.zeros_like(on_all), on_all], axis=-3)

        north = levers.duty(world, "SUD", "NOR", duties(self.rate))
        south = levers.duty(world, "NOR", "SUD", duties(self.answer))
        both = north[..., :, None, :, :, :, :] + south[..., None, :, :, :, :, :]
        return counterfactual(world, world.tariff + both)

    def payoffs(self):
        """(..., 2, 2, 2) equivalent variation of north and south."""
        return np.moveaxis(self.worlds.ev[..., [NOR, SUD]], -1, -3)

    def talks(self):
        """Bargain over open borders and a transfer of money."""
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


outcome = evaluate(Case(NorthAndSouth))
outcome

# %% [markdown]
# ## What a higher duty would do

# %%
data = sweep(NorthAndSouth, {"rate": np.linspace(0.05, 0.45, 5)})
data[["equilibrium", "payoff_north", "payoff_south", "delta_north"]].to_dataframe().round(1)

# %% [markdown]
# ## A tariff war
#
# Each side chooses the rate on each sector that is best for it, given the other's. The
# certificate is the largest gain from other rates that a search found.

# %%
war = nash_tariffs(world, ("NOR", "SUD"), by="sector")
for who, rates in war.rates.items():
    print(
        f"{who} charges, %:", dict(zip(world.sectors, (100 * rates).round(1).tolist(), strict=True))
    )
print("change of real income, %:", np.round(war.welfare_pct, 2))
print("certificate, %:", war.certificate_pct)
