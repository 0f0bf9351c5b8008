# %% [markdown]
# # A memo: what is at stake in the talks, and what duties of one's own change
#
# This notebook writes what an analyst would put into a memo: four situations with ranges, the
# same for another list of duties, a picture, and a page of Markdown. It runs in a few seconds and
# needs no network.

# %%
from math import isnan
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

from negotiation import Case, evaluate
from negotiation.report import solution
from negotiation.report.render import render
from negotiation.study.bands import Bands
from negotiation.study.drawn import drawn
from negotiation.study.reading import Reading

folder = Path(mkdtemp())  # whatever is written goes there

# %% [markdown]
# ## What both sides have
#
# A `Case` is a question to a model. `drawn` solves it at many draws of what is uncertain, and
# `Bands` makes medians and ranges of them. Amounts are US$ million a year, compared with a world
# without additional duties; a loss is negative.

# %%
case = Case("canada_us", draws=400)
bands = Bands.of(drawn(case))


def in_words(name, regime=None, of=bands):
    """Return the median of a column in US$ billion, with the range that holds 90 of 100 draws."""
    band = of.band(name, regime)
    middle, low, high = (float(each[0]) / 1000 for each in (band.middle, band.low, band.high))
    return f"{middle:+.1f}" if isnan(low) else f"{middle:+.1f} ({low:+.1f} to {high:+.1f})"


today = {
    "how often": "",
    "Canada": in_words("inside_canada"),
    "US": in_words("inside_us"),
}
rows = {"the dispute as it is": today}
for regime in bands.shown():
    rows[f"talks break down: {bands.regimes[regime].support}"] = {
        "how often": f"{100 * bands.share[0, regime]:.0f} of 100 draws",
        "Canada": in_words("payoff_canada", regime),
        "US": in_words("payoff_us", regime),
    }
rows["a deal"] = {
    "how often": "",
    "Canada": in_words("delta_inside_canada"),
    "US": in_words("delta_inside_us"),
}
pd.DataFrame(rows).T

# %% [markdown]
# Each outcome of a breakdown has its own range, because a range over all of them would contain
# values that occur in none.
#
# ## Other duties
#
# Suppose that the US kept duties on three sectors only. A schedule is a small table: the sector,
# the additional duty, and the share of the trade that bears it.

# %%
duties = folder / "three_sectors.csv"
duties.write_text(
    "sector,rate,share\n"
    "STL,50%,0.9\n"  # iron and steel
    "NFM,25%,0.5\n"  # other metals
    "MVH,15%,0.85\n",  # motor vehicles
    encoding="utf-8",
)
other = Bands.of(drawn(Case("canada_us", {"duties.us.keep": str(duties)}, draws=400)))

pd.DataFrame(
    {
        name: {
            "Canada today": in_words("inside_canada", of=found),
            "US today": in_words("inside_us", of=found),
            "Canada in a deal": in_words("delta_inside_canada", of=found),
        }
        for name, found in (("duties in force", bands), ("three sectors", other))
    }
)

# %% [markdown]
# The ranges are far apart here. Where they overlap, take the difference draw by draw: both cases
# have the same draws.

# %%
change = other.difference("delta_inside_canada", bands)
less = f"{change.middle[0] / 1000:.1f} ({change.low[0] / 1000:.1f} to {change.high[0] / 1000:.1f})"
print(f"Canada would concede US${less} billion a year less.")
assert change.low[0] > 0, "in every part of the range"

# %% [markdown]
# ## A picture
#
# The concession of Canada as it sells more to other countries.

# %%
from matplotlib import pyplot as plt

levels = [0.0, 0.1, 0.2, 0.3, 0.4]
along = Bands.of(drawn(Case("canada_us", draws=100), {"diversification": levels}))
band = along.band("delta_inside_canada")

figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
percent = [100 * level for level in levels]
axes.fill_between(percent, -band.low / 1000, -band.high / 1000, color="#C0470A", alpha=0.2, lw=0)
axes.plot(percent, -band.middle / 1000, color="#C0470A")
axes.set_title("Canada concedes a little less as it sells more elsewhere", loc="left", fontsize=10)
axes.set_xlabel("sold to other markets, % of today's sales to the US")
axes.set_ylabel("concession, US$ billion a year")
axes.set_ylim(0)
figure

# %% [markdown]
# ## A page to hand over
#
# The command `negotiation solve canada_us --duties us.keep=three_sectors.csv -o memo.md` writes
# the same page.

# %%
outcome = evaluate(Case("canada_us", {"duties.us.keep": str(duties)}), marginal=True)
page = render(solution.document(outcome, Reading.of(outcome), bands=other), "md")
(folder / "memo.md").write_text(page, encoding="utf-8")
print(page[:1500])
