# %% [markdown]
# # A payoff model of your own in thirty lines
#
# A country taxes digital services, and its trading partner threatens a duty in return. The model
# says what each pair of choices is worth; the package finds the equilibrium, the deal and the
# leverage. All figures are invented.

# %%
from dataclasses import dataclass

import numpy as np

from negotiation import AgreementSet, Case, Model, Talks, evaluate, parameter, prior
from negotiation.study import sweep
from negotiation.study.bands import Bands
from negotiation.study.drawn import drawn


@dataclass(frozen=True)
class DigitalTax(Model):
    """One country taxes digital services; the other may answer with a duty on its goods."""

    revenue: float = parameter(3.0, low=0, unit="bn US$ a year", source="invented")
    duty: float = parameter(
        0.25,
        low=0,
        high=1,
        unit="ad valorem rate",
        source="invented",
        lever_of="partner",
        prior=prior.triangular(0.10, 0.25, 0.50).told("judgement"),
    )
    exports: float = parameter(20.0, low=0, unit="bn US$ a year", source="invented")
    redirected: float = parameter(
        0.0, low=0, high=1, unit="share of exports", source="invented", lever_of="taxer"
    )

    players = ("taxer", "partner")
    actions = (("withdraw", "keep"), ("accept", "answer"))
    payoff_unit = "bn US$ a year"
    horizon = "one year, invented"

    def payoffs(self):
        """Payoffs of (taxer, partner) at every profile."""
        hit = self.duty * (1 - self.redirected) * self.exports
        worth = (0.4 - 1.2 * self.duty) * hit  # better terms of trade, less dearer imports
        kept = self.revenue - 1.0  # users at home pay a part of the tax
        return {
            ("withdraw", "accept"): (0.0, 0.0),
            ("withdraw", "answer"): (-hit, worth - 2.0),
            ("keep", "accept"): (kept, -self.revenue),
            ("keep", "answer"): (kept - hit, worth - self.revenue),
        }

    def talks(self):
        """Bargain over the tax and the duty together, with a transfer of money."""
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


# %% [markdown]
# ## Solve it
#
# An outcome shows itself as a table in a notebook.

# %%
outcome = evaluate(Case(DigitalTax))
outcome

# %%
print("equilibrium:", outcome.selection.support)
print("without a deal:", np.round(outcome.threat.payoffs, 2))
print("in a deal:     ", np.round(outcome.agreements["nash"].payoffs, 2))

# %% [markdown]
# ## Along a parameter
#
# Write array arithmetic in `payoffs`, and a sweep evaluates all points at once. Its result is an
# `xarray.Dataset` with units, and it has the events: where the equilibrium changes.

# %%
data = sweep(DigitalTax, {"duty": np.linspace(0.1, 0.5, 9)})
data[["equilibrium", "payoff_taxer", "payoff_partner", "delta_taxer"]].to_dataframe().round(2)

# %% [markdown]
# ## How sure
#
# The duty has a prior, so the answer is a median with a range, and each outcome has its own.
# Above a duty of one third an answer would cost the partner more than it brings.

# %%
bands = Bands.of(drawn(Case(DigitalTax, draws=400)))
for regime in bands.shown():
    band = bands.band("payoff_taxer", regime)
    print(
        f"{bands.regimes[regime].support}: {100 * bands.share[0, regime]:.0f} of 100 draws; "
        f"the taxer has {band.middle[0]:+.1f} ({band.low[0]:+.1f} to {band.high[0]:+.1f})"
    )

# %% [markdown]
# A model that others should use belongs into a file of its own. Then all commands work on it:
# `negotiation models new my_talks` writes one to start from, `negotiation models check
# my_talks.py` checks it, and `negotiation solve ./my_talks.py` solves it.
