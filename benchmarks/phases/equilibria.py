"""Games a second on one core by size, beside other solvers on the same games."""

from __future__ import annotations

from time import process_time

from benchmarks.peers.game_solvers import compare, installed
from benchmarks.registry import SUBJECTS, rate, ratio, repeats, sized, table, timed
from benchmarks.subjects import games as _games
from negotiation.games.game import Game

#: Most games of a batch: 2 million of 2 x 2 take 128 MB, and their equilibria as much again.
MOST = 2_000_000

#: Most games of a batch that a peer is given, and the seconds it has for them.
MOST_FOR_PEERS, SECONDS_FOR_PEERS, SECONDS_WHEN_QUICK = 300, 0.6, 0.1


def main(quick: bool = False) -> None:
    peers = installed()
    lines = []
    for each, size in zip(SUBJECTS["equilibria"], _games.SIZES, strict=True):
        job = sized(each.make(), 0.1 if quick else 0.3, MOST)
        times = timed(job.call, repeats(quick), clock=process_time)
        target = _games.TARGETS[size]
        best = job.items / times.least
        shares = [_games.exactly_solved(times.result), 1.0 - _games.complete(times.result)]
        lines.append([
            each.name, "negotiation", str(job.items), rate(best), rate(job.items / times.middle),
            f"{best / target:.0%} of {rate(target)}", "",
            f"{int(times.result.count.sum())} found, {shares[0]:.2g} exactly, "
            f"{shares[1]:.2g} not complete",
        ])  # fmt: skip
        some = min(MOST_FOR_PEERS // (3 if quick else 1), job.items)
        game = Game(job.data.players, job.data.actions, job.data.payoffs[:some])
        for peer in peers:
            if size > (peer.largest_quick if quick else peer.largest):
                continue
            findings = compare(
                peer, game, times.result, SECONDS_WHEN_QUICK if quick else SECONDS_FOR_PEERS
            )
            slower = findings.each * job.items / times.middle
            lines.append([
                "", peer.name, str(findings.games), rate(1.0 / findings.each), "", "",
                ratio(slower), findings.words,
            ])  # fmt: skip
    headers = ["games", "solver", "batch", "games/s", "median", "target", "we are", "equilibria"]
    table("benchmarks.phases.equilibria", headers, lines)


if __name__ == "__main__":
    main()
