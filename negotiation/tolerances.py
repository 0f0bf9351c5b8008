"""Every number that decides a comparison: what it decides, in which scale, and why this value."""

from __future__ import annotations

from typing import Final

# --- trade -------------------------------------------------------------------------------------

#: Largest relative excess demand, price or wage gap at which the trade solver stops improving.
#: Scale: log points of output, price and wage bill. Rounding in one pass over the equations is
#: about 1e-14, so this is reached in practice and leaves welfare good to about 1e-12.
TRADE_TARGET: Final = 1e-12

#: Largest gap at which a trade equilibrium may be called converged. Ten times the target: with
#: trade elasticities near 65 rounding alone reaches a few 1e-12.
TRADE_RESIDUAL: Final = 1e-11

#: Gap at which a scenario that starts from interpolation is left as it is. With trade elasticities
#: near 65 rounding leaves 1e-12 to 3e-12, and another pass over the equations gains nothing.
TRADE_NEAR: Final = 4e-12

#: Steps of the preconditioned Broyden solver before a scenario is handed to Newton. Scenarios of
#: interest take 6 to 14; one that has not converged in 40 is far from the baseline.
TRADE_STEPS: Final = 40

#: How often a Newton step may be halved until the residual falls.
TRADE_BACKTRACKS: Final = 30

#: Evaluations of Newton's method on a far scenario before it is reached along a path. One region's
#: trade cut to a billionth takes 30 to 60.
TRADE_NEWTON_STEPS: Final = 200

#: Evaluations along the path to a far scenario, and how often in a row its legs may be cut to a
#: quarter, before the scenario is given up. Of 288 scenarios with trade elasticities of 5 to 400
#: and labour elasticities down to 1.0001 the slowest took 130 evaluations on the path.
TRADE_PATH_STEPS: Final = 800
TRADE_HALVINGS: Final = 9

#: How much larger the terms of a sum over trade may be than the sum, where scenarios share a table
#: and differ from it by additions and subtractions; beyond it a scenario gets a table of its own,
#: of positive terms only. Rounding of 1e-16 in a term is then at most 1e-13 of the sum.
TRADE_DIGITS_LOST: Final = 1e3

#: Sales between two regions, as a share of the output of the smaller, up to which they do not link
#: their wages. A wage moves the equations by less than `TRADE_RESIDUAL` then, so that nothing in
#: double precision determines it.
TRADE_LINK: Final = 1e-12

#: Largest gap in the adjoint equations at which a gradient stops improving, and at which it may be
#: used. Scale: the largest derivative of the result by an unknown. Rounding leaves about 1e-14.
ADJOINT_TARGET: Final = 1e-11
ADJOINT_ENOUGH: Final = 1e-9

#: Largest gain from a unilateral deviation at which tariffs are certified, percent of income.
#: Payoffs are good to about 1e-10 percent, and a gain of 1e-6 percent is cents for a person.
DEVIATION_GAIN: Final = 1e-6

#: Labour elasticity eta of the short run (one year): a judgement, see `World.short_run`.
SHORT_RUN_ELASTICITY: Final = 1.5

#: value added + input shares = 1, per region and sector. Shares are fractions; six printed digits
#: summed over dozens of inputs stay well inside.
SHARE_SUM: Final = 1e-6

#: Intermediate purchases implied by the input shares against intermediate deliveries, relative.
#: Coefficients printed with eight decimals carry a relative rounding error that reaches 3.7e-6 in
#: the shipped table's smallest column, and the table itself is off by up to 1.4e-6.
INTERMEDIATE_BALANCE: Final = 5e-6

#: Value added and final expenditure of `regions.csv` against the flows, relative. The file is
#: rounded to 0.1 US$ million, 3.5e-8 of the smallest region.
REGION_TOTALS: Final = 1e-7

#: value added + tariff revenue + imports - exports = final expenditure, relative. Only rounding
#: in the sums: the parts are computed from the same table.
ACCOUNTING: Final = 1e-9

#: A tariff above this is refused with a question, 25 for 0.25, unless its unit is stated: 1,000 %.
#: The largest rates of trade nomenclatures are about 3, and prohibitive ones are written as 9.99.
TARIFF_LIMIT: Final = 10.0

#: Where most rates that are not zero are above this, they are percentages: no schedule averages
#: 100 %. A single one is worth a warning.
TARIFF_USUAL: Final = 1.0

#: Rates from here to the limit are bans, and say nothing of the unit of the others.
TARIFF_BAN: Final = 9.9

#: A rate from here on ends trade and is no percentage: 100,000 %.
TARIFF_NEVER: Final = 1e3

#: A rate in a table is out of line from here on, 30 %, where it is also this many times the median
#: of what the importer charges other origins: statutory averages over lines that are hardly traded
#: reach 80 % where the duty paid is 3 %. Rates below are common preferences and trade remedies.
TARIFF_HIGH: Final = 0.30
TARIFF_TIMES: Final = 3.0

# --- games -------------------------------------------------------------------------------------

#: Regret (largest gain from a unilateral deviation) at which a profile is certified an
#: equilibrium. Scale: payoffs of each player scaled to [0, 1].
REGRET: Final = 1e-9

#: Largest gain from a deviation, as a share of the payoffs that a profile rests on, at which it
#: may be certified: beside one large payoff elsewhere any loss is below `REGRET`. Rounding in
#: mixtures leaves 1e-9 at most, a real loss a tenth or more.
LOCAL_REGRET: Final = 1e-6

#: Below this a float comparison of scaled payoffs or probabilities is too close to call and the
#: game is solved again in exact rationals. Scaled payoffs of a converged trade equilibrium carry
#: errors of about 1e-10; a tie between rounding errors must not decide a regime.
TIE: Final = 1e-9

#: Determinant of an indifference system of up to three actions, or pivot of a larger one, scaled
#: payoffs, below which its solution is not trusted: rounding errors of 1e-16 divided by it must
#: stay below `TIE`.
SINGULAR: Final = 1e-6

#: Probabilities closer than this are the same equilibrium. Scale: probability.
SAME_PROFILE: Final = 1e-7

#: Costs closer than this are the same, where sums over mixtures or a linear programme tell them.
#: Scale: payoffs of each player scaled to [0, 1]; the feasibility tolerance of the programmes.
SAME_COST: Final = 1e-10

# --- bargaining and leverage -------------------------------------------------------------------

#: A surplus or loss smaller than this share of the payoffs involved counts as zero: a side that
#: loses nothing has no asymmetry to report. Relative to the largest absolute payoff.
ZERO_LOSS: Final = 1e-9

#: Net concession leverage divides by the losses of both sides. Where their sum is at most this
#: share of their sizes, one side gains about what the other loses and the score diverges: it is
#: then not defined. A judgement: beyond it NCL is at most twenty times what it is of the sizes.
NCL_LOSSES: Final = 0.05

#: Two payoffs that differ by less than this share of them are the same: rounding of a few sums. It
#: decides whether two outside options fit, which end of a piece of a frontier is meant, and whether
#: one equilibrium pays more than another.
PAYOFF_ROUNDING: Final = 1e-13

#: Slopes of a frontier this close to -1 count as -1, where payoffs of both sides are added up.
#: Slopes of a smooth frontier are good to about 1e-12.
EVEN_SLOPE: Final = 1e-10

#: How far a frontier given as a function may bend or rise the wrong way before it is refused.
#: Scale: the frontier fitted into a unit square; rounding in a function of a few operations stays
#: below.
FRONTIER_BEND: Final = 1e-10

#: Risk limits of Zeuthen's process closer than this are equal, and both sides concede. Scale:
#: probability.
SAME_RISK: Final = 1e-12

#: Values of a lever that differ by no more than this share of their largest size are a tie. A
#: hundred times the accuracy of payoffs.
SAME_VALUE: Final = 1e-10

#: Step of the one-sided differences behind marginal leverage, as a share of the parameter's
#: range. Second order in the step, and payoffs are good to 1e-12: error about 1e-6 relative.
MARGINAL_STEP: Final = 1e-3

# --- sweeps ------------------------------------------------------------------------------------

#: Width to which a regime change is located, as a share of the swept range.
THRESHOLD: Final = 1e-10

#: A function that is still larger than this at both ends of the narrowest bracket jumps there, as a
#: share of its largest size. A square root falls to a millionth within the width.
JUMP: Final = 1e-5

#: How near a change of equilibrium a jump must be to be its doing, as a share of the range: ties
#: are ties within `TIE` of the payoffs, so that a rule changes its choice that much early or late.
JUMP_NEAR: Final = 1e-7

#: How far an extremum near zero is followed, as a share of the range.
TOUCH: Final = 1e-9

#: Largest residual, as a share of a function's size over a map, at which it passes through zero: a
#: bracket of 1e-10 of a cell leaves far less, and a jump far more.
PASSES_ZERO: Final = 1e-6

# --- quotas ------------------------------------------------------------------------------------

#: Largest gap between the log of a quota's volume and its limit, or of its wedge and a bound, at
#: which it is solved. Trade is solved to 1e-12.
QUOTA_VOLUME: Final = 1e-10

#: Wedges that are tried for a quota. One that binds takes five or six.
QUOTA_STEPS: Final = 80

#: Residuals to which trade is solved at the first wedges that are tried; at all others, and where a
#: quota is solved, to that of an equilibrium. They decide how fast it is found, not what.
QUOTA_SOLVES: Final = (1e-6, 1e-8)

# --- draws ------------------------------------------------------------------------------------

#: Share of the draws below which a regime has no range of its own: regimes as rare as that are put
#: together. One above 1 less this is shown alone where one number is asked for. With 400 draws it
#: is 20 of them.
RARE_REGIME: Final = 0.05

#: Draws from which on a range from 5 to 95 % is shown: with fewer, no more than two lie outside
#: either end, and the range says more of them than of what is believed.
FEW_DRAWS: Final = 40

#: Share of the draws that have to agree on a sign for it to be called sure.
SURE_SIGN: Final = 0.95
