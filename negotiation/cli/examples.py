"""Examples of every command: shown by `--help`, printed in the reference, and run by the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from negotiation.shell import continued


class Example(NamedTuple):
    """A command line and what it answers.

    Attributes
    ----------
    about : str
        A phrase without a full stop.
    line : str
        The command on one line, as a POSIX shell reads it.
    """

    about: str
    line: str

    def lines(self, width: int) -> Iterator[str]:
        """Return the phrase, and the command broken before its options."""
        yield f"{self.about}:"
        yield from continued(f"  {self.line}", width)


def _of(*pairs: tuple[str, str]) -> tuple[Example, ...]:
    return tuple(Example(about, f"negotiation {line}") for about, line in pairs)


#: By command, the words of a group included: what is shown, in this order.
EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "attribute": _of(
        ("Which sectors decide what the sides concede", "attribute canada_us"),
        (
            "How much of the US loss without a deal each table stands for",
            "attribute canada_us --of loss.us --by tables",
        ),
        (
            "The same of the concession when Canada is more diversified, as a picture",
            "attribute canada_us --set diversification=0.2 --plot tables.png",
        ),
    ),
    "audit": _of(
        ("Which known mistakes a reading of this model could make", "audit canada_us"),
        (
            "All checks, the slow ones too, in a file for a colleague",
            "audit canada_us --set diversification=0.2 --full -o audit.md",
        ),
    ),
    "columns": _of(
        ("Every name that results use", "columns"),
        ("One of them: its unit and meaning", "columns ncl_canada"),
        ("A result that only this model has", "columns welfare_pct_CAN --of canada_us"),
    ),
    "credibility": _of(
        (
            "From which diversification on are Canada's threats believed",
            "credibility canada_us --vary diversification=0:0.6",
        ),
        (
            "How sure that is when only elasticities and a political cost are unknown",
            "credibility canada_us --over elasticities=low,central,high "
            "--over us_escalation_cost=0:15000 --draws 500",
        ),
    ),
    "data check": _of(
        ("Whether a table can be used, and every fault in it", "data check icio.csv"),
        (
            "A table with columns of other names, and input coefficients in a file",
            "data check flows.csv --column origin=exporter --coefficients inputs.csv",
        ),
    ),
    "data import": _of(
        (
            "A national table as a folder for models, with trade elasticities of 4",
            "data import icio.csv -o data --sectors sectors.csv --theta 4",
        ),
    ),
    "data schedules": _of(
        ("Every list of duties that is shipped", "data schedules"),
        ("One of them by sector", "data schedules us_on_canada_2026-09-29"),
    ),
    "data show": _of(
        ("Regions, sectors and totals of a shipped model's data", "data show canada_us"),
    ),
    "explain": _of(
        (
            "Where Canada's net concession comes from, step by step",
            "explain canada_us ncl.canada",
        ),
        (
            "What the US gets if it walks out, with Canada more diversified",
            "explain canada_us walkout.us --set diversification=0.2",
        ),
    ),
    "game": _of(
        ("Every equilibrium of a game in Gambit's format", "game talks.nfg"),
        (
            "The same of a game tree, in exact fractions",
            "game talks.efg --exact --format json",
        ),
        (
            "Every game of a folder, one line of JSON each",
            "game folder/ --format json > solved.jsonl",
        ),
    ),
    "map": _of(
        (
            "Where play changes as two parameters move, as a picture",
            "map canada_us --vary diversification=0:0.6 --vary us_escalation_cost=0:15000 "
            "--plot map.png",
        ),
        (
            "How likely it is there that the US escalates",
            "map canada_us --vary diversification=0:0.6 --vary us_escalation_cost=0:15000 "
            '--draws 50 --event "us plays escalate"',
        ),
    ),
    "models check": _of(
        ("Whether a model file is complete and consistent", "models check tariff_standoff"),
    ),
    "models list": _of(
        ("The shipped models", "models list"),
    ),
    "models new": _of(
        ("A model of one's own, ready to edit", "models new own_talks"),
    ),
    "models show": _of(
        ("What may be set, in which units, and from which source", "models show tariff_standoff"),
    ),
    "package": _of(
        ("Which tables are settled together, and who pays", "package canada_us"),
        (
            "The same where failed talks leave the duties in force, as a picture",
            "package canada_us --threat in_force --plot packages.png",
        ),
        (
            "What it costs to settle tables one after the other",
            "package canada_us --agenda autos,forestry,metals_energy",
        ),
    ),
    "plot": _of(
        (
            "How a deal moves with Canada's diversification, as a picture for a memo",
            "plot canada_us --kind leverage -o leverage.svg",
        ),
        (
            "Which assumption matters most, for print",
            "plot canada_us --kind assumptions-one-by-one -o assumptions.pdf",
        ),
        (
            "What the US loses without a deal, from a sweep that was kept",
            "plot run.parquet.run --show loss.us -o loss.png",
        ),
    ),
    "probability": _of(
        (
            "How likely the US loses without a deal, along Canada's diversification",
            'probability canada_us --when "the US loses without a deal" '
            "--vary diversification=0:0.4:3 --beside posture --draws 100",
        ),
        (
            "How likely the US escalates where failed talks end in the one-shot game",
            'probability canada_us --when "us plays escalate" --threat posture',
        ),
    ),
    "report": _of(
        (
            "One page for people who decide, to be opened in any browser",
            "report canada_us -o report.html",
        ),
        (
            "The same of the draws that a sweep has kept",
            "report run.parquet.run -o report.html",
        ),
        ("A shorter run, as Markdown on the screen", "report canada_us --draws 100 --format md"),
    ),
    "revealed": _of(
        (
            "Which political costs explain that nobody acts",
            "revealed tariff_standoff --observed accept,refrain",
        ),
        (
            "The same of a side that mixes, as JSON",
            'revealed tariff_standoff --observed "accept/60% refrain + 40% impose" --format json',
        ),
    ),
    "robust": _of(
        (
            "How much diversification is best when much is uncertain",
            "robust canada_us --vary diversification=0:0.4:3 --draws 100",
        ),
        (
            "The same if there is no deal",
            "robust canada_us --vary diversification=0:0.4:3 --draws 100 --ends no_deal",
        ),
    ),
    "runs": _of(
        ("How far a kept run is", "runs run.parquet.run"),
        (
            "What is finished, as a table and a picture",
            "runs run.parquet.run -o part.csv --plot part.png",
        ),
    ),
    "scenarios": _of(
        (
            "Under which assumptions the US escalates",
            'scenarios canada_us --when "us plays escalate" --draws 400',
        ),
        (
            "Under which Canada's threat to walk out is believed",
            'scenarios canada_us --when "Canada\'s walk-out is credible" --draws 400',
        ),
    ),
    "schema": _of(
        ("The studies that have one", "schema"),
        ("The fields of what solve writes as JSON", "schema solve"),
    ),
    "sensitivity": _of(
        (
            "Which assumptions decide what the US loses without a deal",
            "sensitivity canada_us --of loss.us --beside posture --draws 64",
        ),
        (
            "Which decide Canada's deal if talks break down into a trade war",
            "sensitivity canada_us --of deal.canada --threat posture "
            "--profile retaliate/escalate --draws 64 --format json",
        ),
    ),
    "solve": _of(
        (
            "What each side loses without a deal, what a deal brings, and leverage",
            "solve canada_us",
        ),
        (
            "The same if others would buy a fifth of Canada's exports, as JSON",
            "solve canada_us --set diversification=0.2 --format json",
        ),
        (
            "If failed talks end in the one-shot game of duties, with more draws",
            "solve canada_us --threat posture --draws 1000",
        ),
        ("With every parameter at its default, nothing drawn", "solve canada_us --draws 0"),
        ("What other assumptions in words would change", "solve canada_us --choices"),
        (
            "Auto jobs and vehicle prices, whatever the two governments do",
            "solve canada_us --by-posture auto_jobs_canada,auto_price_pct_canada",
        ),
    ),
    "sweep": _of(
        (
            "How the result moves along Canada's diversification, as a picture",
            "sweep canada_us --vary diversification=0:0.4:41 --plot run.png",
        ),
        (
            "The value of a deal with and without buying at home",
            "sweep canada_us --vary procurement=0,0.4 --plot a.png --show deal",
        ),
        (
            "Low, central and high trade elasticities, as a table for a spreadsheet",
            "sweep canada_us --vary elasticities=low,central,high -o run.csv",
        ),
    ),
    "tariffs": _of(
        ("The tariff war with one rate for each side", "tariffs canada_us --by uniform"),
        (
            "The same by sector, with Canada more diversified, as JSON",
            "tariffs canada_us --set diversification=0.2 --format json",
        ),
        (
            "Canada's best tariffs on everybody, from a folder of trade data",
            "tariffs data/ --players CAN,USA --optimal CAN --on all",
        ),
        ("A war with export taxes too", "tariffs canada_us --instruments import,export"),
    ),
    "tour": _of(
        ("Five commands, one after the other, each explained", "tour"),
    ),
    "verify": _of(
        ("Whether this installation computes what it should", "verify"),
        ("The same as a file, to be kept with results", "verify -o certificate.md"),
    ),
    "threshold": _of(
        (
            "Where along Canada's diversification play or a sign changes",
            "threshold canada_us --vary diversification=0:0.6",
        ),
        (
            "At which political cost the US no longer escalates",
            "threshold canada_us --vary us_escalation_cost=0:15000 --set diversification=0.2 "
            '--when "us: escalate -> keep"',
        ),
        (
            "Which change of one parameter brings Canada's score to -0.4",
            "threshold canada_us --target ncl.canada=-0.4",
        ),
    ),
}
