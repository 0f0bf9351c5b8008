"use strict";
// Interpolates payoffs, solves the game and the bargain of every draw, and shows them by regime.
// The table, the rules and all sentences come from Python; see negotiation/study/explorer.py.
const NegotiationExplorer = (() => {
  // --- the table --------------------------------------------------------------------------------

  // Codes are 16-bit whole numbers, low byte first: by part, draw, term and number.
  function decode(data) {
    const bytes = Uint8Array.from(atob(data.codes), (each) => each.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    let at = 0;
    const parts = data.series.map((part) => {
      const size = part.degrees.length * part.numbers.length;
      const values = new Float64Array(data.draws * size);
      for (let k = 0; k < values.length; k++, at += 2) {
        values[k] = view.getInt16(at, true) * part.step[k % size];
      }
      return { ...part, values };
    });
    const width = parts.reduce((sum, part) => sum + part.numbers.length, 0);
    return { ...data, parts, width };
  }

  // Products of Chebyshev polynomials at values of the axes.
  function terms(table, part, values) {
    const ladders = part.axes.map((a, k) => {
      const axis = table.axes[a];
      const x = (2 * (values[a] - axis.low)) / (axis.high - axis.low) - 1;
      const most = Math.max(0, ...part.degrees.map((each) => each[k]));
      const ladder = [1, x];
      for (let n = 2; n <= most; n++) ladder.push(2 * x * ladder[n - 1] - ladder[n - 2]);
      return ladder;
    });
    return part.degrees.map((each) => each.reduce((t, n, k) => t * ladders[k][n], 1));
  }

  // All numbers at values of the axes: draws x width.
  function numbers(table, values) {
    const found = new Float64Array(table.draws * table.width);
    for (const part of table.parts) {
      const t = terms(table, part, values);
      const q = part.numbers.length;
      let at = 0;
      for (let d = 0; d < table.draws; d++) {
        for (let i = 0; i < t.length; i++) {
          for (let k = 0; k < q; k++) {
            found[d * table.width + part.numbers[k]] += t[i] * part.values[at++];
          }
        }
      }
    }
    return found;
  }

  // --- the game ---------------------------------------------------------------------------------

  // Payoffs scaled to [0, 1] below this are the same; those of pure profiles are compared as given.
  const TIE = 1e-12;

  const unit = (n, i) => Array.from({ length: n }, (_, k) => (k === i ? 1 : 0));

  const subsets = (n) => {
    const found = [];
    for (let mask = 1; mask < 1 << n; mask++) {
      found.push(Array.from({ length: n }, (_, i) => i).filter((i) => (mask >> i) & 1));
    }
    return found;
  };
  const SUBSETS = [0, 1, 2, 3, 4, 5, 6].map(subsets);

  // Solve A x = b by elimination with pivots; null where that is singular.
  function linear(A, b) {
    const n = b.length;
    const M = A.map((row, i) => [...row, b[i]]);
    for (let c = 0; c < n; c++) {
      let p = c;
      for (let r = c + 1; r < n; r++) if (Math.abs(M[r][c]) > Math.abs(M[p][c])) p = r;
      if (Math.abs(M[p][c]) < TIE) return null;
      [M[c], M[p]] = [M[p], M[c]];
      for (let r = c + 1; r < n; r++) {
        const f = M[r][c] / M[c][c];
        for (let k = c; k <= n; k++) M[r][k] -= f * M[c][k];
      }
    }
    for (let c = n - 1; c >= 0; c--) {
      for (let k = c + 1; k < n; k++) M[c][n] -= M[c][k] * M[k][n];
      M[c][n] /= M[c][c];
    }
    return M.map((row) => row[n]);
  }

  // Vertices of a best-reply polytope: mixtures over the rows of B, whose entries are what the
  // other side gets in its columns, each with a mask of unplayed rows and of best columns.
  function vertices(B) {
    const m = B.length, n = B[0].length;
    const flat = B.flat();
    const low = Math.min(...flat), width = Math.max(...flat) - low || 1;
    const S = B.map((row) => row.map((value) => (value - low) / width));
    const found = [];
    const keep = (x, tie) => {
      const paid = Array.from({ length: n }, (_, j) => x.reduce((s, w, i) => s + w * S[i][j], 0));
      const best = Math.max(...paid);
      let mask = 0;
      x.forEach((w, i) => { if (w === 0) mask |= 1 << i; });
      paid.forEach((value, j) => { if (value >= best - tie) mask |= 1 << (m + j); });
      if (!found.some((each) => each.x.every((w, i) => Math.abs(w - x[i]) < 1e-9))) {
        found.push({ x, mask });
      }
    };
    for (let i = 0; i < m; i++) keep(unit(m, i), 0);
    for (const I of SUBSETS[m]) {
      if (I.length < 2) continue;
      for (const J of SUBSETS[n]) {
        if (J.length !== I.length) continue;
        const A = J.map((j) => [...I.map((i) => S[i][j]), -1]);
        A.push([...I.map(() => 1), 0]);
        const solved = linear(A, [...J.map(() => 0), 1]);
        if (!solved || I.some((_, k) => solved[k] < -TIE)) continue;
        const x = Array(m).fill(0);
        I.forEach((i, k) => { x[i] = solved[k] < TIE ? 0 : solved[k]; });
        if (x.filter((w) => w > 0).length < 2) continue; // a pure one is there
        const most = Math.max(
          ...Array.from({ length: n }, (_, j) => x.reduce((s, w, i) => s + w * S[i][j], 0)));
        if (most > solved[I.length] + 10 * TIE) continue;
        keep(x, 10 * TIE);
      }
    }
    // As Python lists them: the largest first, action by action.
    return found.sort((a, b) => {
      const k = a.x.findIndex((w, i) => w !== b.x[i]);
      return k < 0 ? 0 : b.x[k] - a.x[k];
    });
  }

  const transposed = (M) => M[0].map((_, j) => M.map((row) => row[j]));
  const expected = (M, x, y) => {
    let sum = 0;
    x.forEach((w, i) => { if (w) y.forEach((v, j) => { if (v) sum += w * v * M[i][j]; }); });
    return sum;
  };

  // Actions that no other of those left beats everywhere: equilibria use no others.
  function undominated(A, B) {
    let rows = A.map((_, i) => i), columns = A[0].map((_, j) => j);
    const beaten = (i) => {
      next: for (const k of rows) {
        for (const j of columns) if (!(A[k][j] > A[i][j])) continue next;
        return true;
      }
      return false;
    };
    const answered = (j) => {
      next: for (const h of columns) {
        for (const i of rows) if (!(B[i][h] > B[i][j])) continue next;
        return true;
      }
      return false;
    };
    for (;;) {
      const before = rows.length + columns.length;
      rows = rows.filter((i) => !beaten(i));
      columns = columns.filter((j) => !answered(j));
      if (rows.length + columns.length === before) return [rows, columns];
    }
  }

  // All extreme equilibria of a game of two players: pure, mixed, and the corners of sets of them.
  function equilibria(A, B) {
    const m = A.length, n = A[0].length;
    const [some, others] = undominated(A, B);
    if (some.length < m || others.length < n) {
      const part = (M) => some.map((i) => others.map((j) => M[i][j]));
      const whole = (mix, kept, size) => {
        const found = Array(size).fill(0);
        kept.forEach((i, k) => { found[i] = mix[k]; });
        return found;
      };
      return equilibria(part(A), part(B)).map((e) => (
        { ...e, x: whole(e.x, some, m), y: whole(e.y, others, n) }));
    }
    if (m === 1 && n === 1) return [{ x: [1], y: [1], payoffs: [A[0][0], B[0][0]] }];
    const rows = vertices(B), columns = vertices(transposed(A));
    const whole = (1 << (m + n)) - 1, low = (1 << n) - 1;
    const found = [];
    for (const { x, mask } of rows) {
      for (const { x: y, mask: other } of columns) {
        // Labels of the second side come columns first: put its rows where those of the first are.
        const turned = (other >> n) | ((other & low) << m);
        if ((mask | turned) === whole) {
          found.push({ x, y, payoffs: [expected(A, x, y), expected(B, x, y)] });
        }
      }
    }
    return found;
  }

  // --- which equilibrium ------------------------------------------------------------------------

  const USED = 1e-7, ROUNDING = 1e-13, CLOSE = 1e-9;
  const largest = (values, same) => {
    const most = Math.max(...values);
    return values.map((value) => value >= most - same);
  };
  const spans = (A, B) => [A, B].map((M) => {
    const flat = M.flat(), low = Math.min(...flat);
    return [low, Math.max(...flat) - low || 1];
  });
  const RULES = {
    pareto(E, same) {
      const best = E.map((own) => !E.some((other) => {
        const gain = [0, 1].map((p) => other.payoffs[p] - own.payoffs[p]);
        return gain.every((g, p) => g >= -same[p]) && gain.some((g, p) => g > same[p]);
      }));
      return best.some((each) => each) ? best : best.map(() => true);
    },
    welfare: (E, same) => largest(E.map((e) => e.payoffs[0] + e.payoffs[1]), same[0] + same[1]),
    scaled_welfare(E, same, A, B) {
      const s = spans(A, B);
      return largest(
        E.map((e) => e.payoffs.reduce((sum, u, p) => sum + (u - s[p][0]) / s[p][1], 0)),
        same[0] / s[0][1] + same[1] / s[1][1]);
    },
    egalitarian(E, same, A, B) {
      const s = spans(A, B);
      return largest(
        E.map((e) => Math.min(...e.payoffs.map((u, p) => (u - s[p][0]) / s[p][1]))),
        Math.max(same[0] / s[0][1], same[1] / s[1][1]));
    },
    risk_dominant(E, same, A, B) {
      const s = spans(A, B);
      const a = (i, j) => (A[i][j] - s[0][0]) / s[0][1], b = (i, j) => (B[i][j] - s[1][0]) / s[1][1];
      const strict = [];
      A.forEach((row, i) => row.forEach((_, j) => {
        if (A.every((_, k) => k === i || a(k, j) < a(i, j) - CLOSE) &&
            row.every((_, h) => h === j || b(i, h) < b(i, j) - CLOSE)) strict.push([i, j]);
      }));
      const wanted = strict.find(([i, j]) => strict.every(([k, h]) => {
        if (k === i || h === j) return true;
        const stay = (a(i, j) - a(k, j)) * (b(i, j) - b(i, h));
        const leave = (a(k, h) - a(i, h)) * (b(k, h) - b(k, j));
        return Math.log(stay) - Math.log(leave) > CLOSE;
      }));
      const best = E.map((e) => wanted !== undefined && e.x[wanted[0]] === 1 && e.y[wanted[1]] === 1);
      return best.some((each) => each) ? best : RULES.pareto(E, same);
    },
  };

  // The place of the chosen equilibrium: of equally good ones that with the fewest actions in use.
  function choose(E, A, B, rule) {
    if (!E.length) return -1;
    const same = [0, 1].map((p) => ROUNDING * Math.max(...E.map((e) => Math.abs(e.payoffs[p]))));
    const own = /^best_for_([01])$/.exec(rule);
    const best = own ? largest(E.map((e) => e.payoffs[+own[1]]), same[+own[1]])
      : RULES[rule](E, same, A, B);
    let place = -1, least = Infinity;
    E.forEach((e, k) => {
      if (!best[k]) return;
      const used = [...e.x, ...e.y].map((w) => w > USED);
      const key = used.reduce(
        (sum, each) => sum * 2 + (each ? 0 : 1), used.filter((each) => each).length);
      if (key < least) { least = key; place = k; }
    });
    return place;
  }

  // --- the bargain ------------------------------------------------------------------------------

  // What both gain against the status quo where money is shared without limit; NaN without a deal.
  function deal(threat, quo, shared, power) {
    const surplus = (shared[0] - threat[0]) + (shared[1] - threat[1]);
    const least = 1e-9 * Math.max(Math.abs(threat[0]), Math.abs(threat[1]));
    if (!(surplus > least)) return [NaN, NaN];
    return [threat[0] + power * surplus - quo[0], threat[1] + (1 - power) * surplus - quo[1]];
  }

  // Everything at one setting, draw by draw: state = {values, fallback, costs, rows}.
  function solve(table, state) {
    const { m, n, width } = table, N = numbers(table, state.values);
    const found = [];
    for (const d of state.rows) {
      const at = d * width;
      const [A, B] = [0, 1].map((p) => Array.from({ length: m }, (_, i) => {
        const first = at + p * m * n + i * n;
        return Array.from(N.subarray(first, first + n));
      }));
      for (const { player, action, name } of table.charged) {
        const cost = state.costs[name][d];
        if (player === 0) for (let j = 0; j < n; j++) A[action][j] -= cost;
        else for (let i = 0; i < m; i++) B[i][action] -= cost;
      }
      const E = equilibria(A, B), k = choose(E, A, B, table.rule);
      const one = { draw: d, marked: null, support: "", breakdown: [NaN, NaN], deal: [NaN, NaN] };
      one.fallbacks = table.fallbacks.map((_, f) => {
        const place = at + 2 * (m * n + f);
        return [N[place], N[place + 1]];
      });
      if (k >= 0) {
        const { x, y, payoffs } = E[k];
        const used = [x, y].map((mix, p) => table.actions[p].filter((_, i) => mix[i] > USED));
        one.support = used.map((each) => each.join("+")).join("/");
        one.uses = [x, y].map((mix) => [...mix].map((w) => w > USED));
        one.marked = [x, y][table.marker.player][table.marker.action] > USED;
        one.breakdown = [...payoffs];
        for (const { player, action, name } of table.charged) {
          one.breakdown[player] += [x, y][player][action] * state.costs[name][d];
        }
        one.threat = payoffs;
      }
      const f = table.fallbacks.findIndex((each) =>
        each.name === state.fallback || each.threat === state.fallback);
      if (f >= 0) one.threat = one.fallbacks[f];
      if (table.talks && one.threat) {
        const end = at + width;
        const weight = table.weighted ? N[end - 1] : 0.5;
        one.deal = deal(one.threat, [N[end - 5], N[end - 4]], [N[end - 3], N[end - 2]], weight);
      }
      found.push(one);
    }
    return found;
  }

  // Quantiles as NumPy's: linear between the values; NaN are left out.
  function quantiles(values, shares) {
    const sorted = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
    return shares.map((share) => {
      if (!sorted.length) return NaN;
      const x = share * (sorted.length - 1), k = Math.floor(x);
      return sorted[k] + (x - k) * ((sorted[k + 1] ?? sorted[k]) - sorted[k]);
    });
  }

  return { decode, numbers, vertices, equilibria, choose, deal, solve, quantiles };
})();
