"""One glossary of names: heads of tables, columns of CSV, keys of JSON, targets and numbers.

`outcome.columns` takes units and meanings from here, JSON Schemas take descriptions, and
`negotiation columns` and `docs/columns.md` show it. A name with `{player}` stands for one of every
player; where `explain` and `threshold` write `ncl.canada`, a column is `ncl_canada`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from negotiation.errors import ParameterError, nearest

#: The unit of money in a model: its `payoff_unit`.
MONEY = "payoffs"

#: Units of numbers that are no money: as they stand in columns, records and reports.
SHARE = "share"
AT_STAKE = "share of the losses at stake"
_RATE = "ad valorem rate"


class Term(NamedTuple):
    """What a name stands for.

    Attributes
    ----------
    unit : str
        `payoffs` is the model's own unit of money; empty where it is no number.
    meaning : str
    """

    unit: str
    meaning: str


#: Results at a point: columns of a sweep, targets of `threshold`, numbers of `explain`.
RESULTS: dict[str, Term] = {
    "equilibrium": Term("", "support of the selected equilibrium"),
    "equilibria": Term("count", "number of equilibria found, or the equilibria themselves"),
    "completeness": Term("", "whether these are all: complete, partial or empty"),
    "regret": Term("share of the payoff range", "most that a deviation gains: the certificate"),
    "payoff_{player}": Term(MONEY, "payoff of {player} at the selected equilibrium of the game"),
    "payoff_{player}_min": Term(MONEY, "payoff of {player}, smallest over all equilibria"),
    "payoff_{player}_max": Term(MONEY, "payoff of {player}, largest over all equilibria"),
    "deviation_loss_{player}": Term(
        MONEY, "what {player} would lose by its best move out of the equilibrium"
    ),
    "best_deviation_{player}": Term("", "that move of {player}"),
    "gain_{player}": Term(MONEY, "no-deal payoff of {player} less its status quo"),
    "loss_{player}": Term(MONEY, "status quo of {player} less its no-deal payoff"),
    "surplus": Term(MONEY, "gains of both over no deal, {solution}"),
    "staying_{player}": Term(MONEY, "payoff of {player} if talks go on"),
    "walkout_{player}": Term(MONEY, "what {player} would gain by walking out"),
    "delta_{player}": Term(MONEY, "net concession of {player}, {solution}"),
    "delta_inside_{player}": Term(MONEY, "the same if talks start from the dispute as it is"),
    "delta_breakdown_{player}": Term(MONEY, "the same if they start from a breakdown"),
    "break_off_{player}": Term(
        MONEY, "what {player} gains where talks break down, over the dispute"
    ),
    "yields_{player}": Term(
        MONEY,
        "what {player} gains by giving way when the other escalates, over its best other reply",
    ),
    "delta_{player}_min": Term(MONEY, "net concession of {player}, smallest over concepts"),
    "delta_{player}_max": Term(MONEY, "net concession of {player}, largest over concepts"),
    "delta_{player}_all_min": Term(
        MONEY, "net concession of {player}, {solution}, smallest over all equilibria"
    ),
    "delta_{player}_all_max": Term(
        MONEY, "net concession of {player}, {solution}, largest over all equilibria"
    ),
    "ncl_{player}": Term(AT_STAKE, "net concession leverage of {player}, {solution}"),
    "ncl_{player}_min": Term(
        AT_STAKE, "net concession leverage of {player}, smallest over concepts"
    ),
    "ncl_{player}_max": Term(
        AT_STAKE, "net concession leverage of {player}, largest over concepts"
    ),
    "ncl_status": Term("", "why there is no NCL, where there is none"),
    "asymmetry": Term("log points", "no-deal asymmetry: log of the second loss over the first"),
    "asymmetry_status": Term("", "why there is no asymmetry, where there is none"),
    "status": Term("", "what may be relied on, in a sentence"),
    "cell_{profile}_{player}": Term(MONEY, "payoff of {player} at a profile of actions"),
    "status_quo_{player}": Term(MONEY, "what concessions of {player} are counted from"),
    "disagreement_{player}": Term(MONEY, "what {player} has without a deal"),
    "inside_{player}": Term(MONEY, "payoff of {player} while the dispute lasts"),
    "discount_{player}": Term("a year", "discount rate of {player}"),
    "hazard": Term("a year", "breakdowns of the talks a year"),
    "pie": Term(MONEY, "what there is to share; of a lever, what it adds to that"),
    "deal_{player}": Term(MONEY, "what {player} gets in the deal"),
    "at_stake": Term(MONEY, "losses of both sides without a deal; of a coalition, its parts"),
    "power_share_{player}": Term(SHARE, "share of the surplus that {player} takes"),
    "exposure_share_{player}": Term(SHARE, "share of the losses that falls on {player}"),
}

#: Results that are the same whichever equilibrium of the game is selected.
APART: frozenset[str] = frozenset(
    {
        "inside_{player}",
        "delta_inside_{player}",
        "yields_{player}",
        "status_quo_{player}",
        "cell_{profile}_{player}",
        "discount_{player}",
        "hazard",
    }
)

#: Results that are so where the threat point is: they rest on it, and on no equilibrium else.
OF_THREAT: frozenset[str] = frozenset(
    {
        "gain_{player}",
        "loss_{player}",
        "surplus",
        "delta_{player}",
        "delta_{player}_min",
        "delta_{player}_max",
        "delta_{player}_all_min",
        "delta_{player}_all_max",
        "ncl_{player}",
        "ncl_{player}_min",
        "ncl_{player}_max",
        "ncl_status",
        "asymmetry",
        "asymmetry_status",
        "disagreement_{player}",
        "pie",
        "deal_{player}",
        "at_stake",
        "power_share_{player}",
        "exposure_share_{player}",
    }
)

#: What every row and every record says of where it comes from.
PROVENANCE: dict[str, Term] = {
    "negotiation_version": Term("", "version of this package"),
    "model": Term("", "name of the model, or the folder of trade data"),
    "model_digest": Term("", "hash of the model's code and data"),
    "parameters": Term("", "what was set, and whatever else is not at its default"),
    "seed": Term("", "seed of what was drawn at random, if anything was"),
    "concept": Term("", "bargaining concept"),
    "threat_point": Term("", "what happens if talks fail"),
    "horizon": Term("", "time horizon of the payoffs"),
    "payoff_unit": Term("", "unit of payoffs"),
    "status_quo": Term("", "what changes are counted from"),
    "cautions": Term("", "what a reader of these numbers must know"),
    "unfinished": Term("", "how far a run is that is not finished"),
}

#: Other keys of JSON and columns of CSV.
KEYS: dict[str, Term] = {
    "about": Term("", "what it is, in words"),
    "above": Term("", "what holds above the value"),
    "absent": Term("", "what is watched and does not change"),
    "acting": Term("", "threats to act once talks have failed"),
    "action": Term("", "action of the game; empty: walking out"),
    "action_payoffs": Term("", "payoff of every action against the play of the others"),
    "actions": Term("", "actions of each player"),
    "after": Term("", "what holds above the value"),
    "agenda": Term("", "tables at once and one by one"),
    "agenda_asked_for": Term("", "order of tables that was asked for"),
    "agreement": Term("", "deal if talks fail into that profile"),
    "agreements": Term("", "deals by bargaining concept"),
    "all_regimes": Term("", "numbers that are the same whichever equilibrium is selected"),
    "alone": Term(MONEY, "with nothing else at stake; of packages, with one table settled"),
    "along": Term("", "parameter along which threats turn"),
    "always": Term("probability", "holds throughout the range"),
    "answer": Term("", "what the others do"),
    "asked": Term("", "event that was asked for; empty: none"),
    "assumptions": Term("", "what the model assumes"),
    "at": Term("", "what holds at the value itself, or where it is"),
    "at_bound": Term("", "rates at a bound, and at which"),
    "at_least": Term(MONEY, "smallest political cost at which what is observed is an equilibrium"),
    "at_most": Term(MONEY, "largest such cost"),
    "at_point": Term("", "the number without draws"),
    "at_revealed_costs": Term("", "regimes where political costs are those that today reveals"),
    "attained": Term("", "whether a mixture of the whole support has these costs"),
    "attributed": Term("", "what is attributed, in words"),
    "axes": Term("", "the two parameters of a map"),
    "bands": Term("", "numbers over the draws, by name"),
    "baseline_tariff": Term(_RATE, "rate before"),
    "baseline_tariffs": Term(_RATE, "rates before"),
    "beats_no_deal": Term("probability", "better than no deal for both sides"),
    "beats_today": Term("probability", "better for both sides than the dispute as it is"),
    "before": Term("", "what holds below the value"),
    "begins": Term("", "what begins to hold as the parameter rises"),
    "begins_at": Term("parameter", "where it begins for the first time"),
    "below": Term("", "what holds below the value"),
    "beside": Term("", "whether it is shown beside the answer and does not enter it"),
    "best_by_expected": Term("parameter", "value with the largest expected payoff"),
    "best_by_low": Term("parameter", "value with the largest 5 % quantile of the payoff"),
    "best_by_regret": Term("parameter", "value with the smallest largest regret"),
    "best_for": Term("", "option that each side likes best"),
    "best_for_both_together": Term("", "option with the largest sum of gains"),
    "best_other": Term(MONEY, "payoff of the player's best other action"),
    "best_share": Term(SHARE, "share of the draws in which no other value pays more"),
    "best_single_package": Term("", "best package without a lottery"),
    "between": Term("", "words of a parameter between which it changes"),
    "beyond": Term("parameter", "nearest value outside the range at which it occurs"),
    "bites": Term("count", "pitfalls that occur"),
    "bounded": Term("", "no-deal asymmetry between -1 and 1"),
    "bounds": Term(_RATE, "least and largest rate"),
    "box": Term("", "sides of the box in which the event holds"),
    "breakdown": Term("", "what happens if talks fail"),
    "by": Term("", "what rates may differ by"),
    "by_chance": Term("", "whether draws are random; else they are all combinations"),
    "by_choice": Term("probability", "the same under each combination of choices"),
    "by_concept": Term(MONEY, "value by bargaining concept"),
    "by_draw": Term("", "the number in every draw, in their order"),
    "by_regime": Term("", "the same within each regime, never pooled"),
    "by_sector": Term("log points", "part of each sector"),
    "ceases": Term("probability", "holds at the lower end of the range and ceases"),
    "certificate": Term("", "global search for better rates"),
    "certificate_pct": Term("%", "most income that other rates would gain"),
    "certified": Term("", "whether it may be relied on"),
    "certified_share": Term(SHARE, "share of the points of all draws that are certified"),
    "change": Term("parameter", "needed value less the value in use"),
    "changes": Term("", "what changes there"),
    "check": Term("", "the formula worked out again from its parts"),
    "choices": Term("", "what is chosen at each information set"),
    "closed": Term("", "whether the curve returns to where it starts"),
    "coalitions": Term("", "the score with every set of parts at stake"),
    "command": Term("", "a command that shows more"),
    "comment": Term("", "comment of the file"),
    "complete": Term("", "whether these are all"),
    "component": Term("", "number of the connected set of equilibria; null: not known"),
    "concession": Term(MONEY, "what the deal gives each side against the status quo"),
    "constant": Term("", "what changes in no draw"),
    "cost": Term(MONEY, "what the change costs the lever's owner"),
    "costs": Term("", "political costs by action"),
    "counted": Term("count", "draws that are solved and certified; no other counts"),
    "coverage": Term(SHARE, "of the draws in which the event holds, the share in the box"),
    "credibility": Term("", "whether walking out is credible"),
    "credible": Term("", "whether the threat would be carried out"),
    "critical_discount_factor": Term("", "patience at which each side keeps the deal"),
    "crossings": Term("", "where a probability passes 5, 50 and 95 of 100 draws"),
    "curve": Term("", "number of the curve"),
    "curves": Term("", "boundaries between regimes"),
    "deal": Term("", "whether there is a deal"),
    "deal_over_dispute": Term(MONEY, "what a deal adds to the dispute as it is, draw by draw"),
    "deals": Term("", "package deals by bargaining concept"),
    "decided": Term("", "what decides each number"),
    "degenerate": Term("", "whether some equilibrium has more best replies than its support"),
    "delta": Term(MONEY, "net concession: what the deal moves towards a side"),
    "delta_over_all": Term(MONEY, "net concession, the least and the most over all equilibria"),
    "demands": Term("", "what the levers ask of others"),
    "density": Term(SHARE, "of the draws in the box, the share in which the event holds"),
    "design": Term("", "how the draws are spread"),
    "details": Term("", "further facts"),
    "deviation": Term(_RATE, "best other rates that were found"),
    "disagreement": Term(MONEY, "what each side has without a deal"),
    "distinct_packages": Term("count", "packages that differ in what they pay"),
    "draw": Term("", "number of the draw, the same at every point"),
    "draws": Term("count", "points drawn; in a row of a regime, those that are in it"),
    "draws_counted": Term("count", "draws that are certified; no other enters a number"),
    "efficiency_of_transfers": Term(SHARE, "worth to one side of what costs the other one unit"),
    "end": Term("", "end of the range at which it is: low, high or none"),
    "ends": Term("", "how the talks are taken to end: deal or no_deal"),
    "equilibrium_departs": Term("", "whether the equilibrium is another than in the whole"),
    "error": Term("probability", "Monte Carlo standard error"),
    "ev_usd_m": Term("US$ million a year", "equivalent variation of each region"),
    "evaluations": Term("count", "trade equilibria solved"),
    "event": Term("", "the event, in words"),
    "events": Term("", "what may happen, and how often it does"),
    "expected": Term(MONEY, "mean payoff over the draws, cost taken off"),
    "expected_regret": Term(MONEY, "mean of what the best value would have paid more"),
    "explanation": Term("", "why it is an equilibrium, in sentences"),
    "export_bounds": Term(_RATE, "least and largest export tax"),
    "export_deviation": Term(_RATE, "export taxes of the best deviation found"),
    "export_tax_revenue_usd_m": Term("US$ million a year", "export tax revenue of each region"),
    "export_taxes": Term(_RATE, "chosen export taxes"),
    "export_taxes_at_bound": Term("", "export taxes at a bound, and at which"),
    "exposure_share": Term(SHARE, "share of the losses that falls on a side"),
    "file": Term("", "name of the file"),
    "findings": Term("", "one entry a pitfall"),
    "figures": Term("", "one entry a figure of a report"),
    "columns": Term("", "heads of the columns of a table"),
    "cells": Term("", "one entry a row of a table, with a cell for each column"),
    "first": Term("probability", "at the first point"),
    "first_order": Term(SHARE, "share of the variance that the group explains by itself"),
    "first_order_error": Term(SHARE, "half the width of its 95 % interval"),
    "format": Term("", "format of the file"),
    "formula": Term("", "formula with names; empty: given by the model or a solver"),
    "from_talks": Term(MONEY, "mean of what the talks give"),
    "from_the_left": Term("", "by a step downwards"),
    "from_the_right": Term("", "by a step upwards"),
    "frontier": Term("", "packages on the frontier"),
    "frontier_without_money": Term("", "packages that no other beats for both sides"),
    "gain": Term(MONEY, "what an action would gain against what is observed"),
    "gain_from_linkage": Term(MONEY, "what settling all tables at once adds"),
    "gain_pct": Term("%", "income that a country would gain by other rates"),
    "gained": Term(MONEY, "what going along the parameter gains in the deal"),
    "gains": Term(MONEY, "gains over no deal, or of each option"),
    "gains_pct": Term("%", "gains over the tariff war"),
    "gains_there": Term(MONEY, "gains of each side from that option"),
    "gaps": Term("", "what could not be looked at"),
    "group": Term("", "assumptions that are counted together"),
    "groups": Term("", "parameters by group of assumptions"),
    "growth": Term(SHARE, "by how much more, as a share of today"),
    "hardly": Term(SHARE, "share of the map on which it has a probability of 0.05 or less"),
    "high": Term("", "upper end"),
    "high_at": Term("", "where the input is for the higher end"),
    "high_regret": Term(MONEY, "95 % quantile of the regret"),
    "holds": Term("", "what holds throughout"),
    "indices": Term("", "Sobol' indices by group"),
    "information_set": Term("", "name of the information set"),
    "input": Term("", "parameter that is moved alone, with the entry of an array"),
    "inside": Term("parameters", "a point well inside the region"),
    "instrument": Term("", "import for a tariff, export for an export tax"),
    "interaction": Term(MONEY, "Shapley interaction index of two tables"),
    "is_dealt": Term("probability", "part of the deal with money and lotteries"),
    "is_nash": Term("probability", "the best single package by the Nash product"),
    "joint_value": Term(MONEY, "largest sum of the gains of both sides"),
    "jump": Term("", "whether the number jumps there without taking the value"),
    "key": Term("", "name of the pitfall"),
    "kind": Term("", "what kind of change or table it is"),
    "largest": Term("probability", "share of draws in which it is the largest part"),
    "largest_regret": Term(MONEY, "regret in the worst draw"),
    "last": Term("probability", "at the last point"),
    "least": Term(MONEY, "cost of the action where the sum of costs is least"),
    "left": Term("", "what holds on the left of the curve"),
    "left_out": Term("count", "draws or base points that are not certified and not counted"),
    "level": Term("", "table, sector or all"),
    "levels": Term(SHARE, "shares of the draws below low, median and high"),
    "lever": Term("", "lever whose value is chosen"),
    "lever_alone": Term(MONEY, "mean of what the lever is worth by itself"),
    "leverage": Term("", "leverage of each side"),
    "limit": Term("probability", "largest probability of the other case, where all draws agree"),
    "linkage": Term(MONEY, "what having the tables at stake together adds"),
    "log_points": Term("log points", "real income that would be lost"),
    "log_ratio": Term("log points", "log of the second loss over the first"),
    "looked_at": Term("count", "values at which the model was solved"),
    "low": Term("", "lower end"),
    "low_at": Term("", "where the input is for the lower end"),
    "made_of": Term("", "packages of the deal with their probabilities"),
    "margin": Term(MONEY, "what carrying the threat out gains"),
    "marginal": Term("", "marginal leverage of each lever"),
    "mass": Term(SHARE, "share of all draws in the box"),
    "max": Term("", "the most"),
    "mean": Term("", "mean over the draws"),
    "mean_regret": Term(MONEY, "the same on average over the draws"),
    "median": Term("", "the number in the middle of the draws"),
    "met": Term("", "whether the target is met already"),
    "method": Term("", "algorithm that found it"),
    "min": Term("", "the least"),
    "money_delta_{player}": Term(MONEY, "net concession of {player}, where talks start from that"),
    "money_{player}": Term(MONEY, "payoff of {player}, political costs left out"),
    "most_changes": Term("count", "most changes within the range in one draw"),
    "most_often": Term("", "package that is the best single one most often"),
    "name": Term("", "name"),
    "nature": Term("", "how it changes: crossing, jump, touch, flat or hole"),
    "ncl": Term(AT_STAKE, "net concession leverage"),
    "nearest": Term("", "value nearest to zero among those looked at"),
    "nearest_at": Term("parameter", "where that is"),
    "negative": Term("", "what holds where it is negative"),
    "net": Term(MONEY, "payoffs less the costs that were found"),
    "net_agreement": Term("", "deal where these costs enter the bargain"),
    "net_concession": Term("", "net concession by bargaining concept"),
    "net_concession_spread": Term("", "the least and the most over bargaining concepts"),
    "never": Term("probability", "holds nowhere in the range"),
    "no_deal_loss": Term(MONEY, "status quo less no-deal payoff"),
    "not_modelled": Term("", "what the model leaves out"),
    "note": Term("", "why there is no strategic game"),
    "now": Term("parameter", "value in use"),
    "number": Term("", "number"),
    "numbers": Term("", "numbers that can be explained, and what they are"),
    "objectives": Term("", "political weights by region and sector"),
    "observed": Term("", "what is observed, or whether it is"),
    "of": Term("", "what it is of"),
    "on_frontier": Term("probability", "on the Pareto frontier of the packages, without money"),
    "on_the_table": Term("", "what is negotiated, in words"),
    "one_by_one": Term("", "deals by the order of tables"),
    "opposite": Term("probability", "probability that it is negative"),
    "order": Term("", "order of tables"),
    "other": Term("", "the player's best other action"),
    "other_choices": Term("", "every other choice of a word, one at a time"),
    "other_money": Term("", "payoff in another currency, with its rate"),
    "outcome_units": Term("", "units of the model's own results"),
    "by_posture": Term("", "results over the draws, by result and profile of actions"),
    "outcomes": Term("", "the model's own results by profile"),
    "outside": Term(MONEY, "payoff of walking out"),
    "over": Term("", "what is uncertain, in words"),
    "over_draws": Term("", "the same over draws of what is uncertain; null: nothing is drawn"),
    "own_fallback": Term(MONEY, "part that comes from the owner's no-deal payoff"),
    "owner": Term("", "player whose lever it is"),
    "p_break_off_{player}": Term("probability", "{player} would rather see talks break down"),
    "p_loss_{player}": Term("probability", "{player} loses without a deal"),
    "p_ncl_{player}": Term("probability", "{player} is paid in a deal"),
    "p_walk_out_{player}": Term("probability", "walking out is credible for {player}"),
    "p_yields_{player}": Term("probability", "{player} gives way when the other escalates"),
    "package": Term("", "deal over all tables at once"),
    "packages": Term("", "every package and what it pays"),
    "paid_by_the_first": Term(MONEY, "what the first side pays or concedes"),
    "parameter": Term("", "name of the parameter"),
    "partner": Term("", "country that is taxed"),
    "parts": Term("", "numbers that the formula uses; of a regime, what holds by signal"),
    "patience_per_unit": Term("", "change of the critical discount factor per unit gained"),
    "payoffs": Term(MONEY, "payoffs by player"),
    "payoffs_over_all": Term(MONEY, "payoffs, the least and the most over all equilibria"),
    "pays_the_same_as": Term("", "an earlier package that pays the same"),
    "pct_of_size": Term("%", "payoff as a share of what the player is measured by, its income"),
    "per_percentage_point": Term(MONEY, "per hundredth of the lever"),
    "per_unit": Term(MONEY, "per unit of the lever"),
    "per_usd_spent": Term("", "per unit of cost"),
    "phrase": Term("", "what holds, in words"),
    "phrases": Term("", "phrases by which --when finds it"),
    "place": Term("", "values of the other parameters"),
    "player": Term("", "name of the player"),
    "players": Term("", "players, in the order of the game"),
    "points": Term("", "coordinates, or how many points there are"),
    "points_evaluated": Term("count", "points at which the model was solved"),
    "positive": Term("", "what holds where it is positive"),
    "power_share": Term(SHARE, "share of the surplus that a side takes"),
    "power_to_hurt": Term("", "what each side would lose if the other cut it off"),
    "price_cut": Term(SHARE, "cut in prices that would do it"),
    "price_of_leverage": Term("", "what leverage costs in risk"),
    "prior": Term("", "what is believed about it, as a user writes it"),
    "priors": Term("", "what is believed about the parameters that are drawn"),
    "probabilities": Term("", "probability that each threat is credible"),
    "probability": Term("probability", "probability"),
    "probability_of_no_deal": Term("probability", "before and after"),
    "profile": Term("", "actions of all players; mixtures joined by +"),
    "proposed_by": Term("", "algorithm that found it"),
    "provenance": Term("", "what made it and what it rests on"),
    "quasi_p": Term("probability", "how likely the box is as dense if this side does not matter"),
    "question": Term("", "question that the pitfall puts"),
    "rate": Term("", "rate, with its date and source"),
    "reached": Term("", "whether it is reached"),
    "reading": Term("", "what it says, in sentences"),
    "received_by_the_second": Term(MONEY, "what that is worth to the second side"),
    "regime": Term("", "regime, in words"),
    "regime_by_draw": Term("", "selected equilibrium in every draw"),
    "regime_change": Term("", "whether the equilibrium changes within the step"),
    "regimes": Term("", "what changes along the way, and what does not"),
    "region": Term("", "code of the region"),
    "regions": Term("", "connected parts of the map in which one regime holds"),
    "relative_to_size": Term("log points", "no-deal asymmetry relative to the sizes of the sides"),
    "reordered": Term("probability", "the two largest parts are others, or in another order"),
    "repeated": Term("probability", "changes more than once, so that the place is the first"),
    "residual": Term(SHARE, "what is left over: the check of the numbers"),
    "restricted": Term("count", "sides of the box"),
    "result": Term("", "the target's number, now or at the value"),
    "revealed_share_of_draws": Term(
        SHARE, "the same with the political costs that today's behaviour reveals"
    ),
    "right": Term("", "what holds on the right of the curve"),
    "risk_begins_at": Term(MONEY, "uncertainty from which an offer may fail, before and after"),
    "risk_per_unit": Term("", "change of the probability of no deal per unit gained"),
    "robust": Term("", "package with the least largest regret"),
    "rounds": Term("count", "rounds of best replies"),
    "rows": Term("", "one entry a point"),
    "rule": Term("", "rule that selects the equilibrium"),
    "samples": Term("count", "base points of the design"),
    "scale": Term("", "what the share is of"),
    "scores": Term("", "scores that were added from outside"),
    "sd": Term("", "standard deviation over the draws"),
    "seconds": Term("seconds", "time it took"),
    "sector": Term("", "code of the sector"),
    "sectors": Term("", "sectors of the table"),
    "selected": Term("", "whether the rule chose it, or what it chose"),
    "selected_above": Term("", "selected equilibrium above the value"),
    "selected_below": Term("", "selected equilibrium below the value"),
    "selected_profiles": Term(SHARE, "by profile the share of the draws that select it"),
    "selection": Term("", "which equilibrium is the threat"),
    "sentence": Term("", "the same, in a sentence"),
    "sentences": Term("", "the findings in words"),
    "settings": Term(MONEY, "parameters of the model that hold the least political costs"),
    "settled": Term("", "option that is settled at each table"),
    "several_equilibria": Term("", "whether equilibria differ in payoffs"),
    "share": Term(SHARE, "share of the whole"),
    "share_of_draws": Term(SHARE, "share of the counted draws that are in the regime"),
    "side": Term("", "side whose number it is"),
    "signals": Term("", "signals that were added from outside"),
    "situations": Term("", "where both sides stand: in the dispute, after a breakdown, in a deal"),
    "size": Term("", "by how much the pitfall occurs"),
    "slope": Term("", "change per unit of the parameter"),
    "source": Term("", "where it comes from"),
    "spread": Term(MONEY, "how well the other side knows the no-deal payoff"),
    "staying": Term(MONEY, "payoff if talks go on"),
    "steps": Term("", "steps of the derivation, in order"),
    "strategies": Term("probability", "probability of each action"),
    "subgame_perfect": Term("", "subgame-perfect equilibria, or whether it is one"),
    "subject": Term("", "the number that is watched, in words"),
    "support": Term("", "actions in use, mixtures joined by +"),
    "surely": Term(SHARE, "share of the map on which it has a probability of 0.95 or more"),
    "table": Term("", "name of the table"),
    "tables": Term("", "tables of the talks"),
    "tables_alone": Term(MONEY, "sum of the tables one at a time"),
    "target": Term("", "target, as it was written"),
    "tariff": Term(_RATE, "chosen rate"),
    "tariff_revenue_usd_m": Term("US$ million a year", "tariff revenue of each region"),
    "tariffs": Term(_RATE, "chosen rates"),
    "their_fallback": Term(MONEY, "part that comes from the other side's no-deal payoff"),
    "threat": Term("", "what happens if talks fail, or the kind of threat"),
    "thresholds": Term("", "values at which something changes"),
    "thrown_away": Term(MONEY, "payoffs given up to keep the proportions"),
    "title": Term("", "title of the file"),
    "today": Term("", "what is done today"),
    "tornado": Term("", "what moves the number, one input at a time"),
    "total": Term("", "what the parts add up to"),
    "total_order": Term(
        SHARE, "share of the variance that is left while all but the group is known"
    ),
    "total_order_error": Term(SHARE, "half the width of its 95 % interval"),
    "touch": Term("", "whether the number touches the value and turns"),
    "trajectory": Term("", "boxes on the way"),
    "tried": Term("", "how far beyond the range was looked"),
    "turns": Term("", "where threats become credible or cease to be"),
    "turns_sign": Term("", "whether the number changes its sign in between"),
    "unconverged": Term("count", "points of the search that did not converge"),
    "unique": Term("", "whether no other costs have the same sum"),
    "unit": Term("", "unit"),
    "units": Term("", "units by name"),
    "unknown": Term("count", "points that are not certified"),
    "value": Term("", "the number itself, or the value of the parameter"),
    "value_above": Term("", "number just above the value"),
    "value_below": Term("", "number just below the value"),
    "values": Term("", "the number by player"),
    "values_compared": Term("", "values of the lever, and what they pay"),
    "verdict": Term("", "bites (the pitfall occurs), does not bite or not applicable"),
    "walk_out_binds": Term("", "whether a side gets what walking out would give"),
    "walk_outs": Term("", "players whose walk-out binds"),
    "walking_out": Term("", "what walking out is worth to each side"),
    "ways": Term("", "what each parameter does towards the target"),
    "welfare_pct": Term("%", "change in real income of each region"),
    "what": Term("", "what it is"),
    "when": Term("", "event that was asked for; empty: all"),
    "why": Term("", "why"),
    "width": Term("parameter", "distance between the places just below and just above"),
    "with_costs": Term("", "the game with the least political costs"),
    "with_money": Term("", "where money may change hands"),
    "with_nothing_at_stake": Term("", "the score with nothing at stake"),
    "within": Term("", "whether it is within the range"),
    "without_costs": Term("", "the game without further political costs"),
    "without_money": Term("", "where no money changes hands"),
    "words": Term("", "words that are in the box"),
}

#: What stands before or behind a name in a sweep at many draws.
_OF_DRAWS: dict[str, str] = {
    "_p5": "5 % of the draws lie below",
    "_p95": "95 % of the draws lie below",
    "slope_": "its change per unit of the first swept parameter, to the next point, draw by draw",
    "revealed_": "with the political costs that today's behaviour reveals",
}

TERMS: dict[str, Term] = {**KEYS, **PROVENANCE, **RESULTS}


def meaning(name: str) -> str:
    """Return what a key of a record means; empty where the glossary has no such name."""
    return said(name, "a side").meaning if name in TERMS else ""


def of_draws(name: str) -> tuple[str, str]:
    """Return the name that a column of a sweep at many draws is made from, and how it is made.

    `payoff_us_p5` is made from `payoff_us`; of any other name the second is empty.
    """
    for mark, told in _OF_DRAWS.items():
        base = name.removeprefix(mark) if mark.endswith("_") else name.removesuffix(mark)
        if base not in ("", name):
            return base, told
    return name, ""


def find(name: str, players: Iterable[str] = ()) -> tuple[str, Term]:
    """Return the entry of a name, with the player filled in.

    Parameters
    ----------
    name : str
        As a column, a key or a target: `ncl_canada` and `ncl.canada` are the same.
    players : iterable of str
        Names of players, where they are known; else any word may be one.

    Raises
    ------
    ParameterError
        If the glossary has no such name.
    """
    wanted = name.strip().replace(".", "_")
    what = wanted.removesuffix("_reason")
    if what not in ("", wanted):
        find(what, players)
        return wanted, Term("", f"why {what}, or a part of it, is null")
    if wanted in TERMS:
        return wanted, said(wanted)
    base, told = of_draws(wanted)
    if told:
        term = find(base, players)[1]
        return wanted, Term(term.unit, f"{term.meaning}: {told}")
    known = "|".join(map(re.escape, players)) or r"[^\W_]\w*?"
    # The longest first: `payoff_us_min` is no payoff of a player `us_min`.
    for template in sorted((each for each in TERMS if "{" in each), key=len, reverse=True):
        words = template.replace("{player}", f"(?P<player>{known})").replace("{profile}", ".+")
        found = re.fullmatch(words, wanted)
        if found is not None:
            return wanted, said(template, found["player"])
    raise ParameterError(
        f"'{name}' is not the name of a column, a key or a result{nearest(wanted, TERMS)}; "
        "'negotiation columns' lists them"
    )


def said(
    template: str, player: str = "{player}", solution: str = "by the concept asked for"
) -> Term:
    """Return an entry in words, for a player and by a bargaining solution."""
    unit, words = TERMS[template]
    return Term(unit, words.format(player=player, solution=solution))
