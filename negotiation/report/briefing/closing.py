"""What stands at the end: the explorer, method, assumptions, limits, sources, words, provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from negotiation.report.briefing.believed import prior_words
from negotiation.report.briefing.told import Told
from negotiation.report.document import (
    Block,
    Cell,
    Command,
    Form,
    Items,
    Paragraph,
    Provenance,
    Table,
    TableColumn,
)
from negotiation.report.explorer import fragment, script, style
from negotiation.report.figure import Interactive
from negotiation.study.explorer import Explorer
from negotiation.words import opening

#: Terms that the report explains, in this order.
TERMS = (
    "deal",
    "concession",
    "breakdown",
    "equilibrium",
    "threat",
    "draw",
    "median",
    "range",
    "political_cost",
    "lever",
    "table",
    "package",
    "walk_out",
    "solution",
)

#: Terms that it explains where there is a trade model.
TRADE_TERMS = ("elasticity", "additional")


def missing(told: Told) -> Iterator[Block]:
    """What each part that is not there needs, in one sentence."""
    reasons = dict.fromkeys(each.name.lower() for each in told.found.missing.values())
    for reason in reasons:
        parts = [
            told.lang.phrase("section", name)
            for name, each in told.found.missing.items()
            if each.name.lower() == reason
        ]
        words = told.lang.listed(parts)
        yield Paragraph(told.lang.say("needs", reason, parts=words, player=told.names[0]))


def explore(told: Told, explorer: Explorer | None) -> Iterator[Block]:
    """What a reader may move, or the sentence that says how to ask for more."""
    if explorer is not None:
        if explorer.draws > 1:
            yield Paragraph(told.lang.say("explorer", "differs", draws=explorer.draws))
        yield _interactive(told, explorer)
        return
    yield Paragraph(told.lang.say("explore"))
    line = told.found.lever
    if line is not None:
        name = told.model.name()
        half = float(line.x[len(line.x) // 2])
        yield Command(f"negotiation solve {name} --set {line.parameter.name}={half:g}")


def _interactive(told: Told, explorer: Explorer) -> Interactive:
    """The controls with their script; the situations at the start stand for them elsewhere."""
    lang = told.lang
    names = [told.model.find_parameter(name) for name in explorer.start]
    columns: list[TableColumn | str] = [
        lang.say("column", "control"),
        TableColumn(lang.say("column", "start"), Form.AMOUNT),
    ]
    rows: list[list[Cell]] = [
        [opening(told.label(spec.name)), explorer.start[spec.name]] for spec in names
    ]
    return Interactive(
        name="explore",
        title=lang.say("explorer", "title"),
        subtitle=lang.say("explorer", "subtitle"),
        alt=lang.say("explorer", "subtitle"),
        table=Table.of(columns, rows),
        fragment=fragment(explorer, lang=lang.lang),
        script=script(),
        style=style(),
    )


def method(told: Told) -> Iterator[Block]:
    """How the numbers come about, in five sentences."""
    lang = told.lang
    entries = [lang.say("method", "game", **told.fields())]
    if told.found.trade is not None:
        entries.append(lang.say("method", "trade"))
    if told.talks:
        how = "even" if told.even else "talks"
        entries.append(lang.say("method", how, solution=told.case.solution))
        talks = told.found.point.talks
        if talks is not None and talks.about:
            entries.append(lang.say("method", "about", about=talks.about))
    if told.bands is not None:
        entries.append(lang.say("method", "draws", draws=told.counted))
        if told.bands.draws > told.counted:
            entries.append(
                lang.say(
                    "method",
                    "left_out",
                    left=told.bands.draws - told.counted,
                    draws=told.bands.draws,
                )
            )
    if told.model.political_costs:
        entries.append(lang.say("method", "charged" if told.charged else "costs"))
    yield Items(tuple(entries))


def assumptions(told: Told) -> Iterator[Block]:
    """What is drawn, the assumption that moves the deal most first; and what is fixed."""
    lang = told.lang
    if told.bands is not None:
        widths: dict[str, float] = {}
        for bar in told.found.bars:
            key = bar.input.partition(".")[0]
            if key in told.case.uncertain():
                widths[key] = max(widths.get(key, 0.0), bar.width / told.scale)
        priors = [
            (name, each)
            for name, each in told.case.uncertain().items()
            if not each.beside or told.model.political_costs
        ]
        priors.sort(key=lambda each: -widths.get(each[0], 0.0))
        columns: list[TableColumn | str] = [
            lang.say("column", "assumption"),
            lang.say("column", "moves", unit=told.unit),
            lang.say("column", "drawn_from"),
        ]
        rows: list[list[Cell]] = []
        for name, prior in priors:
            text = prior_words(told, name, prior)
            moves = lang.rounded(widths[name]) if name in widths else ""
            rows.append([opening(told.label(name)), moves, text])
        notes = [lang.say("note", "zero", threat=told.threat())] if told.talks else []
        yield Table.of(columns, rows, lang.say("assumptions", "drawn"), notes)
    fixed = type(told.model).assumptions
    if fixed:
        yield Items(tuple(_sentence(each) for each in fixed), lang.say("assumptions", "fixed"))
    elif told.bands is None:
        yield Paragraph(lang.say("assumptions", "none"))


def _sentence(text: str) -> str:
    told = opening(text)
    return told if told.endswith((".", "?", "!")) else f"{told}."


def not_covered(told: Told) -> Iterator[Block]:
    """What the model leaves out."""
    left = type(told.model).not_modelled
    if left:
        yield Items(tuple(_sentence(each) for each in left), told.lang.say("left_out"))
    else:
        yield Paragraph(told.lang.say("not_covered"))
    cautions = tuple(told.model.ask("cautions"))
    if cautions:
        yield Items(cautions)


def sources(told: Told) -> Iterator[Block]:
    """Where parameters, duties and trade come from."""
    lang = told.lang
    found: dict[str, list[str]] = {}
    for name, spec in told.model.parameters().items():
        if spec.source and not spec.inherits:
            found.setdefault(spec.source, []).append(told.label(name))
    rows: list[list[Cell]] = [
        [opening(source), "; ".join(dict.fromkeys(about))] for source, about in found.items()
    ]
    if told.found.trade is not None:
        for duties in told.found.trade.duties.values():
            for each, _ in duties.dated:
                source = each.source or lang.phrase("status", "no_basis")
                words = lang.phrase("row", "schedule_of", schedule=each.name.replace("_", " "))
                if not any(row[0] == opening(source) for row in rows):
                    rows.append([opening(source), words])
    columns = [lang.say("column", "source"), lang.say("column", "about")]
    yield Table.of(columns, rows, lang.say("all_sources"), folded=True)


def glossary(told: Told) -> Iterator[Block]:
    """The terms that the report uses."""
    lang = told.lang
    terms = TERMS if told.found.trade is None else (*TERMS, *TRADE_TERMS)
    rows: list[list[Cell]] = [
        [lang.say("term", name), lang.say("meaning", name, **told.fields())] for name in terms
    ]
    yield Table.of([lang.say("column", "term"), lang.say("column", "meaning")], rows)


def provenance(told: Told, made: Mapping[str, str], command: str) -> Iterator[Block]:
    """What made the report, and from what."""
    lang = told.lang
    if command:
        yield Command(command, lang.say("again"))
    horizon = made.get("horizon", "").partition(";")[0]  # settings that are not used follow
    made = {**made, "horizon": horizon} if horizon else made
    yield Provenance(made, (lang.say("seed", seed=made["seed"]),), titled=False)
    other = told.model.ask("other_money")
    if other:
        yield Items(tuple(_sentence(each.about) for each in other.values()))
