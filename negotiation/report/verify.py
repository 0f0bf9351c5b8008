"""A certificate: known problems, their known answers, and what this machine found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Heading,
    Items,
    Notes,
    Number,
    Paragraph,
    Table,
)
from negotiation.study.verify import Engine, KnownAnswer, Verification


class Posed(NamedTuple):
    """What a problem is in words, and where its answer is from."""

    about: str
    source: str


_ENGINES = {
    Engine.GAMES: "Games: all equilibria",
    Engine.BARGAINING: "Bargaining",
    Engine.TRADE: "Trade equilibria and tariffs",
    Engine.UNCERTAINTY: "Uncertainty",
    Engine.MODELS: "Shipped models at their defaults",
}

_PROBLEMS = {
    "matching_pennies": Posed("matching pennies", "textbook"),
    "von_stengel": Posed("3 x 2 game", "von Stengel 2007"),
    "von_stengel_degenerate": Posed(
        "the same with ties, a segment of equilibria", "von Stengel 2007"
    ),
    "coordination": Posed("4 x 4 coordination", "Quint, Shubik 1997"),
    "f1_score": Posed("8 x 8 zero-sum game with a segment", "Nashpy, issue 76"),
    "nash_demand": Posed("demands on a pie of four", "Nash 1953; lrs"),
    "nine_equilibria": Posed(
        "three players, two equilibria fully mixed", "McKelvey, McLennan 1996"
    ),
    "three_country_tariffs": Posed("three countries, two segments of equilibria", "by hand"),
    "exact_fractions": Posed("the 3 x 2 game in exact fractions", "von Stengel 2007"),
    "money": Posed("sharing 10 with weights 3/5 and 2/5", "Nash 1950; Kalai 1977"),
    "parabola": Posed(
        "four concepts on a curved frontier",
        "Nash 1950; Kalai, Smorodinsky 1975; Kalai 1977; Perles, Maschler 1981",
    ),
    "rubinstein": Posed("offers in turn, two rates of patience", "Rubinstein 1982"),
    "outside_option": Posed("offers in turn with a way out", "Binmore, Shaked, Sutton 1989"),
    "inside_option": Posed("income while talks last", "Muthoo 1999, chapter 6"),
    "shapley": Posed("Shapley value of a glove market", "Shapley 1953"),
    "cheaper_trade": Posed("three like countries trade more cheaply", "closed form"),
    "home_shares": Posed(
        "welfare from the share bought at home", "Arkolakis, Costinot, Rodriguez-Clare 2012"
    ),
    "best_tariff": Posed("best tariff of one of two countries", "Gros 1987"),
    "duties_in_force": Posed(
        "duties of September 2026, nine regions, 16 sectors", "independent solver"
    ),
    "linear_gaussian": Posed("range of a sum of two normal parameters", "closed form"),
    "ishigami": Posed("shares of variance of a wavy function", "Ishigami, Homma 1990"),
    "tariff_standoff": Posed("tariff_standoff", "by hand"),
    "canada_us_default": Posed("canada_us", "kept at release"),
    "tariff_standoff_default": Posed("tariff_standoff, scores too", "kept at release"),
}


#: What is compared, where its key is not a word.
_QUANTITIES = {
    "equilibria": "extreme equilibria",
    "components": "components",
    "corners": "corners found",
    "gain": "largest gain from deviating",
    "exact": "1: every digit",
    "rate": "rate",
    "welfare": "change of welfare, factor",
    "welfare_pct": "change of welfare, per cent",
    "ev_usd_m": "gain in US$ million",
    "band": "ends and middle of the range",
    "first": "own shares",
    "total": "shares with interactions",
    "certified": "1: certified",
    "solved": "1: solved",
}


def document(found: Verification) -> Document:
    """Return a certificate as a document."""
    return Document(
        study="verify",
        tell=lambda: _blocks(found),
        note=lambda: record(found),
        made={"negotiation_version": found.versions["negotiation"]},
    )


def _problems(found: Verification) -> dict[str, list[KnownAnswer]]:
    grouped: dict[str, list[KnownAnswer]] = {}
    for each in found.answers:
        grouped.setdefault(each.problem, []).append(each)
    return grouped


def _blocks(found: Verification) -> Iterator[Block]:
    problems = _problems(found)
    yield Heading(f"Certificate of negotiation {found.versions['negotiation']}", 1)
    yield Paragraph(_summary(found, problems))
    for engine, title in _ENGINES.items():
        rows = [
            _row(name, answers) for name, answers in problems.items() if answers[0].engine == engine
        ]
        if rows:
            heads = ("problem", "source", "known", "found", "off by", "allowed", "agrees")
            yield Table.of(heads, rows, title=title)
    failures = [
        f"{_PROBLEMS[each.problem].about}: {each.failure}." for each in found.wrong if each.failure
    ]
    if failures:
        yield Items(tuple(failures), "What was raised in place of an answer:")
    yield Notes(tuple(_notes(found)))


def _summary(found: Verification, problems: dict[str, list[KnownAnswer]]) -> str:
    wrong = {each.problem for each in found.wrong}
    count = sum(each.count for each in found.answers)
    if not wrong:
        return (
            f"All {len(problems)} known problems were solved as known: {count} numbers agree. "
            "This installation computes what it should."
        )
    return (
        f"{len(wrong)} of {len(problems)} known problems were not solved as known. Do not rely on "
        "results of this installation. Reinstall negotiation and its libraries; if it stays so, "
        "please report it with this certificate."
    )


def _row(name: str, answers: list[KnownAnswer]) -> list[Cell]:
    """Return the row of a problem: the answer that comes nearest to what is allowed, or misses."""
    worst = max(answers, key=_severity)
    posed = _PROBLEMS[name]
    return [
        f"{posed.about} ({_QUANTITIES.get(worst.quantity, worst.quantity.replace('_', ' '))})",
        posed.source,
        Number(worst.expected, _short(worst.expected)),
        Number(worst.found, _short(worst.found)),
        Number(worst.difference, f"{worst.difference:.0e}" if worst.difference else "0"),
        Number(worst.allowed, f"{worst.allowed:.0e}" if worst.allowed else "0"),
        "yes" if all(each.holds for each in answers) else "NO",
    ]


def _severity(answer: KnownAnswer) -> tuple[bool, float]:
    return not answer.holds, answer.difference / (answer.allowed or 1.0)


def _short(number: float) -> str:
    return "none" if number != number else f"{number:.6g}"  # noqa: PLR0124 - NaN


def _notes(found: Verification) -> Iterator[str]:
    told = [f"{name} {version or 'not installed'}" for name, version in found.versions.items()]
    yield (
        "A row shows the number of its problem that comes nearest to the difference that is "
        "allowed; JSON has all of them."
    )
    for name in found.left_out:
        yield f"Left out, for a library that is not installed: {_PROBLEMS[name].about}."
    yield f"{', '.join(told)}; {found.platform}; {found.finished}."


def record(found: Verification) -> dict[str, Any]:
    """Return a certificate as machines read it."""
    return {
        "holds": found.holds,
        "answers": [
            {
                "engine": str(each.engine),
                "problem": each.problem,
                "about": _PROBLEMS[each.problem].about,
                "source": _PROBLEMS[each.problem].source,
                "quantity": each.quantity,
                "expected": each.expected,
                "found": each.found,
                "difference": each.difference,
                "allowed": each.allowed,
                "count": each.count,
                "holds": each.holds,
                **({"failure": each.failure} if each.failure else {}),
            }
            for each in found.answers
        ],
        "left_out": list(found.left_out),
        "versions": dict(found.versions),
        "platform": found.platform,
        "finished": found.finished,
        "seconds": found.seconds,
    }
