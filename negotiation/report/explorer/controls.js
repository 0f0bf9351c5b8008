// Controls, sentences, the table and the chart. Nothing here computes: see explorer.js.
(() => {
  if (typeof document === "undefined") return;
  const holder = document.getElementById("explore-data");
  if (!holder) return;
  const X = NegotiationExplorer, T = X.decode(JSON.parse(holder.textContent));
  const W = T.words, ids = T.ids, $ = (name) => document.getElementById(`${ids}-${name}`);
  const MINUS = "\u2212", NONE = "\u2013", SPACE = "\u00a0";

  // --- words and numbers --------------------------------------------------------------------------

  const opening = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
  // Ends of the ids of sentences without talks, and without draws: the last one holds.
  const one = T.draws === 1;
  const variants = [
    ...(T.talks ? [] : ["_game"]), ...(one ? ["_one"] : []), ...(!T.talks && one ? ["_game_one"] : [])];
  function told(name, fields = {}, variant = "") {
    const found = variants.reduce((said, more) => W[name + more] ?? said, W[name]);
    return (variant ? found[variant] : found).replace(/\{(\w+)\}/g, (_, key) => fields[key]);
  }
  const digits = (count) =>
    new Intl.NumberFormat(T.lang, { minimumFractionDigits: count, maximumFractionDigits: count });
  const money = digits(T.scale.decimals);
  // Halves go to the even digit, as Python rounds.
  function rounded(value) {
    const power = 10 ** T.scale.decimals, x = +(value * T.scale.factor).toPrecision(10) * power;
    const near = Math.round(x);
    const even = Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : near;
    return even / power + 0;
  }
  function number(value, signed = true) {
    const found = rounded(value), text = money.format(Math.abs(found));
    return found === 0 || !signed ? text : (found < 0 ? MINUS : "+") + text;
  }
  const amount = (value) => T.scale.before + number(Math.abs(value), false) + T.scale.after;
  const plain = (value) => String(+value.toFixed(6)).replace("-", MINUS);
  const actor = { actor: T.marker.actor, does: T.marker.does };
  // What the marked player does where it does not do what draws are told apart by.
  function insteadOf(draws) {
    const { player, plays } = T.marker, others = draws.filter((each) => each.marked === false);
    const words = plays.filter((_, k) => others.some((each) => each.uses[player][k]));
    if (!words.length) return W.otherwise;
    return words.reduceRight((found, first, k) =>
      found === null ? first
        : told(k === words.length - 2 ? "either" : "comma", { first, last: found }), null);
  }
  const fallbackWords = (name) =>
    name === "breakdown" ? T.breakdown : T.fallbacks.find((each) => each.name === name).words;
  const bare = (spec, x) =>
    spec.percent ? told("percent", { number: plain(100 * x), space: SPACE }) : plain(x * spec.scale);
  const value = (spec, x) => {
    if (spec.percent) return bare(spec, x);
    if ("believed" in spec) return amount(x);
    return told("amount", { number: bare(spec, x), unit: spec.unit });
  };
  const spoken = (spec, x) =>
    spec.percent ? told("percent_spoken", { number: plain(100 * x) }) : value(spec, x);

  // --- the state ----------------------------------------------------------------------------------

  const sliders = [
    ...T.groups.map((spec) => ({ spec, kind: "group" })),
    ...T.axes.map((spec, place) => ({ spec, kind: "axis", place })),
    ...T.costs.filter((each) => each.key).map((spec) => ({ spec, kind: "cost" })),
  ];
  const start = () => ({
    axes: T.axes.map((each) => each.start),
    fallback: T.fallback,
    way: "case",
    costs: Object.fromEntries(T.costs.map((each) => [each.name, each.start])),
    sets: Object.fromEntries(T.sets.map((each) => [each.name, ""])),
  });
  let S = start();
  const clamp = (spec, x) => Math.min(Math.max(x, spec.low), spec.high);
  const alike = (group) => group.axes.every((k) => S.axes[k] === S.axes[group.axes[0]]);
  const reading = ({ spec, kind, place }) =>
    kind === "axis" ? S.axes[place]
      : kind === "cost" ? S.costs[spec.name] : S.axes[spec.axes[0]];
  function put({ spec, kind, place }, x) {
    if (kind === "axis") S.axes[place] = clamp(spec, x);
    else if (kind === "cost") S.costs[spec.name] = clamp(spec, x);
    else for (const k of spec.axes) S.axes[k] = clamp(T.axes[k], x);
  }
  const near = (a, b) => Math.abs(a - b) < 1e-9;

  // The address says what differs from the report; what it cannot mean is said and left out.
  let doubts = [];
  function written() {
    const found = [];
    for (const each of sliders) {
      const { spec, kind } = each, x = reading(each);
      if (kind === "group" && !alike(spec)) continue;
      const inside = kind === "axis" && T.groups.some((g) => g.axes.includes(each.place) && alike(g));
      if (inside || near(x, spec.start) || (kind === "cost" && S.way !== "fixed")) continue;
      found.push(`${spec.key}=${plain(x * spec.scale).replace(MINUS, "-")}`);
    }
    if (S.fallback !== T.fallback) found.push(`f=${S.fallback}`);
    if (S.way !== "case") found.push(`c=${S.way}`);
    for (const each of T.sets) {
      if (S.sets[each.name]) found.push(`${each.key}=${encodeURIComponent(S.sets[each.name])}`);
    }
    return found.join("&");
  }
  function read(hash) {
    S = start();
    doubts = [];
    const given = new Map(), unknown = (part) =>
      doubts.push(told("unknown", { part: part.slice(0, 40) }));
    for (const pair of hash.replace(/^#/, "").split("&")) {
      const [key, ...rest] = pair.split("=");
      const known = ["f", "c", ...sliders.map((each) => each.spec.key), ...T.sets.map((s) => s.key)];
      if (!known.includes(key)) {
        if (pair) unknown(pair);
        continue;
      }
      try {
        given.set(key, decodeURIComponent(rest.join("=")));
      } catch {
        given.set(key, "");
      }
    }
    for (const each of sliders) {
      const text = given.get(each.spec.key);
      const x = text === undefined || text.trim() === "" ? NaN : Number(text);
      if (Number.isFinite(x)) {
        const { spec } = each, asked = x / spec.scale;
        put(each, asked);
        if (near(clamp(spec, asked), asked)) continue;
        doubts.push(told("clamped", {
          label: spec.label, asked: value(spec, asked), value: value(spec, clamp(spec, asked)) }));
      } else if (text !== undefined) {
        unknown(`${each.spec.key}=${text}`);
      }
    }
    const f = given.get("f"), c = given.get("c");
    const meant = T.fallbacks.find((each) => each.name === f || each.threat === f);
    if (f === "breakdown" || meant) S.fallback = meant ? meant.name : f;
    else if (f !== undefined) unknown(`f=${f}`);
    if (T.ways.includes(c) && T.costs.length) S.way = c;
    else if (c !== undefined) unknown(`c=${c}`);
    for (const each of T.sets) {
      const word = given.get(each.key);
      if (each.options.includes(word)) S.sets[each.name] = word;
      else if (word !== undefined) unknown(`${each.key}=${word}`);
    }
    if (written()) doubts.unshift(W.link);
  }

  function asked() {
    const rows = Array.from({ length: T.draws }, (_, d) => d).filter((d) =>
      T.sets.every((each) => !S.sets[each.name] || each.of[d] === S.sets[each.name]));
    const costs = {};
    for (const each of T.costs) {
      const own = each.believed && S.way === "believed" ? each.believed : each.case;
      costs[each.name] =
        S.way === "fixed" && each.key ? own.map(() => S.costs[each.name]) : own;
    }
    const meant = T.fallbacks.find((each) => each.name === S.fallback);
    return { values: S.axes, fallback: meant ? meant.name : S.fallback, costs, rows };
  }

  // --- spreads ------------------------------------------------------------------------------------

  function spread(values) {
    const known = values.filter((x) => !Number.isNaN(x));
    const [low, median, high] = X.quantiles(known, [0.05, 0.5, 0.95]);
    return known.length < T.few ? { low: NaN, median, high: NaN } : { low, median, high };
  }
  const span = ({ low, high }) => told("span", { low: number(low), high: number(high) });
  const both = (draws, name) => [0, 1].map((p) => spread(draws.map((each) => each[name][p])));
  const shown = (some, all) => some.length >= T.rare * all.length;

  function rows(draws) {
    const own = T.fallbacks.findIndex((each) => each.name === S.fallback);
    const apart = (name, whole, key) => {
      const known = draws.filter((each) => each.marked !== null);
      if (known.length === 1) return [{ name: whole, count: null, spreads: both(known, key) }];
      const parts = [["if", known.filter((each) => each.marked)],
        ["else", known.filter((each) => !each.marked)]];
      return parts.filter(([, some]) => some.length).map(([which, some]) => ({
        name: `${name}_${which}`,
        count: some.length,
        spreads: shown(some, known) ? both(some, key) : null,
      }));
    };
    if (own >= 0) {
      const found = draws.map((each) => ({ fallback: each.fallbacks[own] }));
      const lines = [{ name: "row_fallback", count: null, spreads: both(found, "fallback") },
        ...apart("row", "row_breakdown", "breakdown")];
      return T.talks
        ? [...lines, { name: "row_deal", count: null, spreads: both(draws, "deal") }] : lines;
    }
    const lines = apart("row", "row_breakdown", "breakdown");
    return T.talks ? [...lines, ...apart("row_deal", "row_deal", "deal")] : lines;
  }

  // --- sentences ----------------------------------------------------------------------------------

  function settings() {
    const found = [];
    for (const each of sliders) {
      const { spec, kind } = each, x = reading(each);
      if (kind === "cost" && S.way !== "fixed") continue;
      if (kind === "group") {
        if (!alike(spec) || near(x, spec.start)) continue;
      } else if (T.groups.some((g) => kind === "axis" && g.axes.includes(each.place) && alike(g))) {
        continue;
      }
      if (kind !== "cost" && near(x, spec.start)) continue;
      found.push(told("say_value", { label: spec.label, value: value(spec, x) }));
    }
    if (S.way === "believed") {
      found.push(told("say_value", { label: W.costs, value: W["costs.believed"] }));
    }
    for (const each of T.sets) {
      const word = S.sets[each.name];
      if (!word) continue;
      const value = each.words[each.options.indexOf(word)];
      found.push(told("say_value", { label: each.label, value }));
    }
    return found.length || S.fallback !== T.fallback ? found : [told("say_start")];
  }

  // A range without signs: of what is conceded, of what is gained, or from one to the other.
  function rangeWords(low, high) {
    const [a, b] = [low, high].map((each) => number(Math.abs(each), false));
    if (rounded(low) < 0 && rounded(high) > 0) return told("range_across", { low: a, high: b });
    return rounded(low) < 0 ? told("range", { low: b, high: a }) : told("range", { low: a, high: b });
  }

  // Whether a threat that is harsher than the report's is carried out in fewer of the same draws.
  function rarer(draws) {
    const harsher = T.axes.some((each, k) =>
      T.marker.harsher[k] && S.axes[k] > each.start && !near(S.axes[k], each.start));
    if (!harsher) return false;
    const values = T.axes.map((each, k) => T.marker.harsher[k] ? each.start : S.axes[k]);
    const hits = (some) => some.filter((each) => each.marked).length;
    return hits(draws) < hits(X.solve(T, { ...asked(), values }));
  }

  function sentences(draws, lines) {
    const found = settings(), breaks = S.fallback === "breakdown", count = draws.length;
    const hits = draws.filter((each) => each.marked).length, instead = insteadOf(draws);
    if (!breaks || S.fallback !== T.fallback) {
      found.push(told("say_none", { fallback: fallbackWords(S.fallback) }));
    }
    const often = hits === 0 ? "say_never" : hits === count ? "say_always" : "say_often";
    found.push(told(often, { ...actor, instead, count: hits, draws: count }));
    if (rarer(draws)) found.push(told("say_rarer", { ...actor, instead }));
    for (const { name, spreads } of lines) {
      if (!name.startsWith("row_deal") || !spreads || Number.isNaN(spreads[0].median)) continue;
      const { median, low, high } = spreads[0], sign = rounded(median);
      const range = Number.isNaN(low) ? "" : rangeWords(low, high);
      const whole = lines.filter((each) => each.name.startsWith("row_deal")).length === 1;
      found.push(told(whole ? "say_deal" : name.replace("row_", "say_"),
        { ...actor, instead, player: T.players[0], amount: amount(median), range },
        sign > 0 ? "gains" : sign < 0 ? "loses" : "even"));
    }
    if (T.talks && T.fallbacks.length && breaks) {
      for (const p of [0, 1]) {
        const worse = draws.filter((each) => each.deal[p] < each.fallbacks[0][p]).length;
        if (!worse) continue;
        found.push(told("say_worse", {
          player: T.players[p], fallback: T.fallbacks[0].words, count: worse, draws: count }));
      }
    }
    const none = T.talks ? draws.filter((each) => Number.isNaN(each.deal[0])).length : 0;
    if (none) found.push(told("say_no_deal", { count: none, draws: count }));
    return found.map(opening).join(" ");
  }

  function command() {
    const found = [T.command];
    const inside = new Set();
    for (const group of T.groups) {
      if (!alike(group)) continue;
      group.axes.forEach((k) => inside.add(k));
      const x = S.axes[group.axes[0]];
      const own = T.axes[group.axes[0]];
      if (!near(x, own.default ?? NaN)) found.push(`--set ${group.name}=${+x.toFixed(6)}`);
    }
    T.axes.forEach((each, k) => {
      if (inside.has(k)) return;
      if (each.drawn || !near(S.axes[k], each.default ?? NaN)) {
        found.push(`--set ${each.name}=${+S.axes[k].toFixed(6)}`);
      }
    });
    if (S.way === "fixed") {
      for (const each of T.costs) {
        if (each.key) found.push(`--set ${each.name}=${+S.costs[each.name].toFixed(6)}`);
      }
    }
    for (const each of T.sets) {
      if (S.sets[each.name]) found.push(`--set ${each.name}=${S.sets[each.name]}`);
    }
    const meant = T.fallbacks.find((each) => each.name === S.fallback);
    const threat = meant ? meant.threat : "posture";
    if (T.talks && threat !== T.threat) found.push(`--threat ${threat}`);
    return found.join(" ");
  }

  // --- the table ----------------------------------------------------------------------------------

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    if (text !== null) made.textContent = text;
    for (const [key, each] of Object.entries(attributes)) made.setAttribute(key, each);
    return made;
  }

  function table(lines, draws) {
    const count = draws.length, instead = insteadOf(draws);
    $("rows").replaceChildren(...lines.map(({ name, count: some, spreads }) => {
      const deal = name.startsWith("row_deal");
      const line = element("tr", null, deal ? { class: "strong" } : {});
      const fields = { ...actor, instead, fallback: fallbackWords(S.fallback) };
      const head = element("th", opening(told(name, fields)), { scope: "row" });
      const detail = some !== null ? told("of_draws", { count: some, draws: count })
        : name === "row_deal" && !T.shared ? told("row_deal_detail") : "";
      if (detail) head.append(element("small", detail));
      line.append(head);
      for (const each of spreads ?? [null, null]) {
        const cell = element("td", null);
        if (!each) {
          cell.append(element("span", told("rare", { rare: plain(100 * T.rare) })));
        } else {
          cell.append(element("b", Number.isNaN(each.median) ? NONE : number(each.median)));
          if (!Number.isNaN(each.low)) cell.append(" ", element("span", span(each)));
        }
        line.append(cell);
      }
      return line;
    }));
  }

  // --- the chart ----------------------------------------------------------------------------------

  const group = T.groups.find((each) => each.name === T.lever);
  const along = group ? group.axes : [T.axes.findIndex((each) => each.name === T.lever)];
  const lever = group ?? T.axes[along[0]];
  const places = Array.from({ length: T.places }, (_, k) =>
    lever.low + (k * (lever.high - lever.low)) / (T.places - 1));
  const NOTHING = { low: NaN, median: NaN, high: NaN };

  function curves(question) {
    const key = T.talks ? "deal" : "breakdown";
    const at = (x) => {
      const values = [...question.values];
      for (const k of along) values[k] = x;
      const draws = X.solve(T, { ...question, values });
      const own = (some) => spread(some.map((each) => each[key][0]));
      const known = draws.filter((each) => each.marked !== null);
      const parts = [known.filter((each) => each.marked), known.filter((each) => !each.marked)];
      return {
        x,
        spreads: S.fallback !== "breakdown" ? [own(draws), NOTHING]
          : parts.map((some) => (some.length && shown(some, known) ? own(some) : NOTHING)),
        share: parts[0].length / known.length,
        draws,
      };
    };
    return { points: places.map(at), at };
  }

  const pieces = (points, known) => {
    const found = [[]];
    for (const each of points) {
      if (known(each)) found[found.length - 1].push(each);
      else found.push([]);
    }
    return found.filter((each) => each.length);
  };

  function draw({ points, at }) {
    const here = along.every((k) => S.axes[k] === S.axes[along[0]]) ? S.axes[along[0]] : null;
    const now = here === null ? null : at(here);
    const names = S.fallback === "breakdown"
      ? [told("chart_if", actor),
        told("chart_else", { instead: insteadOf(points.flatMap((each) => each.draws)) })]
      : [told("chart_fallback", { fallback: fallbackWords(S.fallback) }), ""];
    for (const width of ["broad", "slim"]) {
      const svg = $(width);
      if (!svg) continue;
      const a = Object.fromEntries(Object.entries(svg.dataset).map(([key, each]) => [key, +each]));
      const part = (name) => document.getElementById(`${ids}-${width}-${name}`);
      const x = (v) => a.left + ((v - a.x0) / (a.x1 - a.x0)) * (a.right - a.left);
      const y = (v) => {
        const share = (v * T.scale.factor - a.y0) / (a.y1 - a.y0);
        return a.bottom - Math.min(Math.max(share, 0), 1) * (a.bottom - a.top);
      };
      const dot = (v, w) => `${x(v).toFixed(1)} ${w.toFixed(1)}`;
      const labels = [0, 1].map((k) => {
        const medians = pieces(points, (p) => !Number.isNaN(p.spreads[k].median));
        const bands = pieces(points, (p) => !Number.isNaN(p.spreads[k].low));
        part(`median-${k}`).setAttribute("d", medians.map((piece) =>
          "M" + piece.map((p) => dot(p.x, y(p.spreads[k].median))).join("L")).join(""));
        part(`band-${k}`).setAttribute("d", bands.map((piece) => "M" + [
          ...piece.map((p) => dot(p.x, y(p.spreads[k].low))),
          ...[...piece].reverse().map((p) => dot(p.x, y(p.spreads[k].high))),
        ].join("L") + "Z").join(""));
        const mark = part(`dot-${k}`), found = now && now.spreads[k];
        const seen = found && !Number.isNaN(found.median);
        mark.setAttribute("cx", seen ? x(here).toFixed(1) : -99);
        mark.setAttribute("cy", seen ? y(found.median).toFixed(1) : -99);
        if (!medians.length) return { k, y: NaN, name: "" };
        const last = medians[medians.length - 1], end = last[last.length - 1];
        const { median, high } = end.spreads[k];
        const above = y(Number.isNaN(high) ? median : high) - 7, zero = y(0);
        return {
          k, name: names[k],
          x: Math.max(x(end.x), Math.min(a.right, a.left + 190)),
          // Not on the line of zero, which would go through the letters.
          y: above > zero - 4 && above < zero + 14 ? zero - 6 : above,
        };
      });
      // Names that would lie on one another: the upper one goes up, as far as there is room.
      const both = labels.filter((each) => each.name).sort((b, c) => c.y - b.y);
      if (both.length === 2 && both[0].y - both[1].y < 17) both[1].y = both[0].y - 17;
      for (const each of labels) {
        const label = part(`label-${each.k}`);
        label.textContent = each.name;
        if (!each.name) continue;
        label.setAttribute("x", each.x.toFixed(1));
        label.setAttribute("y", Math.max(each.y, a.top + 12).toFixed(1));
      }
      const high = a.ribbonBottom - a.ribbonTop;
      part("ribbon").setAttribute("d",
        `M${dot(a.x0, a.ribbonBottom)}L` +
        points.map((p) => dot(p.x, a.ribbonBottom - p.share * high)).join("L") +
        `L${dot(a.x1, a.ribbonBottom)}Z`);
      part("here").setAttribute("d", here === null ? ""
        : `M${dot(here, a.top)}L${dot(here, a.ribbonBottom)}`);
    }
    $("apart").hidden = here !== null;
    const alone = S.fallback !== "breakdown";
    $("head-1").hidden = alone;
    $("head-0").textContent = opening(names[0]);
    $("head-1").textContent = opening(names[1]);
    const step = (T.places - 1) / (T.told - 1);
    $("places").replaceChildren(...points.filter((_, k) => k % step === 0).map((p) => {
      const line = element("tr", null);
      line.append(element("th", bare(lever, p.x), { scope: "row" }));
      for (const each of alone ? p.spreads.slice(0, 1) : p.spreads) {
        line.append(element("td", Number.isNaN(each.median) ? NONE
          : number(each.median) + (Number.isNaN(each.low) ? "" : ` (${span(each)})`)));
      }
      line.append(element("td", String(Math.round(100 * p.share))));
      return line;
    }));
  }

  // --- controls -----------------------------------------------------------------------------------

  // Which parameters a fallback depends on; the game depends on all.
  const moved = (name) => {
    const f = T.fallbacks.findIndex((each) => each.name === name);
    if (f < 0) return null;
    const first = 2 * (T.m * T.n + f), end = T.width - 5;
    const own = new Set();
    for (const part of T.parts) {
      if (part.numbers.some((q) => q === first || q === first + 1 || q >= end)) {
        part.axes.forEach((k) => own.add(k));
      }
    }
    return own;
  };

  function explain(name, why, disabled = false) {
    $(name).disabled = disabled;
    const note = $(`${name}-why`);
    note.textContent = why;
    note.hidden = why === "";
  }

  function controls() {
    const own = moved(S.fallback);
    const reason = own && told("why_fallback", { fallback: fallbackWords(S.fallback) });
    for (const each of sliders) {
      const { spec, kind, place } = each, slider = $(spec.key), x = reading(each);
      slider.value = +(x * spec.scale).toFixed(9);
      const several = kind === "group" && !alike(spec);
      $(`${spec.key}-value`).textContent = several ? W.several : value(spec, x);
      slider.setAttribute("aria-valuetext", several ? W.several : spoken(spec, x));
      const axes = kind === "group" ? spec.axes : kind === "axis" ? [place] : [];
      let why = "", off = false;
      if (own && kind !== "cost" && !axes.some((k) => own.has(k))) why = reason;
      if (own && kind === "cost") why = reason;
      if (kind === "cost" && S.way !== "fixed") [why, off] = [W.why_costs, true];
      explain(spec.key, opening(why), off);
    }
    if ($("f")) $("f").value = S.fallback;
    if ($("c")) {
      $("c").value = S.way;
      explain("c", own ? opening(reason) : "");
    }
    for (const each of T.sets) $(each.key).value = S.sets[each.name];
  }

  let speaking = 0;
  function say(text) {
    $("say").textContent = text;
    clearTimeout(speaking);
    speaking = setTimeout(() => { $("live").textContent = text; }, 400);
  }

  let drawing = 0;
  function show(first) {
    controls();
    const question = asked(), draws = X.solve(T, question), lines = rows(draws);
    table(lines, draws);
    $("address").textContent = doubts.join(" ");
    $("address").hidden = !doubts.length;
    // The chart is twenty times the work: words and numbers come first.
    clearTimeout(drawing);
    if (first) draw(curves(question));
    else drawing = setTimeout(() => draw(curves(question)), 0);
    const text = sentences(draws, lines);
    if (first) $("say").textContent = text;
    else say(text);
    $("command").textContent = command();
    if (!first) {
      const hash = written();
      try {
        history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
      } catch { /* a page inside another may not change its address */ }
    }
  }

  let waiting = 0;
  const later = () => {
    if (waiting) return;
    waiting = requestAnimationFrame(() => { waiting = 0; show(false); });
  };
  for (const each of sliders) {
    $(each.spec.key).addEventListener("input", (event) => {
      put(each, Number(event.target.value) / each.spec.scale);
      later();
    });
  }
  if ($("f")) $("f").addEventListener("input", (event) => { S.fallback = event.target.value; later(); });
  if ($("c")) $("c").addEventListener("input", (event) => { S.way = event.target.value; later(); });
  for (const each of T.sets) {
    $(each.key).addEventListener("input", (event) => { S.sets[each.name] = event.target.value; later(); });
  }
  $("reset").addEventListener("click", () => { S = start(); doubts = []; show(false); });
  addEventListener("hashchange", () => {
    if (location.hash.includes("=")) { read(location.hash); show(false); }
  });
  addEventListener("beforeprint", () => {
    clearTimeout(drawing);
    draw(curves(asked()));
    $("numbers").open = true;
  });
  if (location.hash.includes("=")) read(location.hash);
  $("controls").hidden = false;
  show(true);
})();
