"""Games a second by the share of games with ties, which floats must not decide; peers beside."""

from __future__ import annotations

from time import process_time

from benchmarks.peers.game_solvers import compare, installed
from benchmarks.registry import SUBJECTS, rate, ratio, sized, table, timed
from benchmarks.subjects import games as _games
from negotiation.games.game import Game

#: Most games of a batch, and most that a peer is given.
MOST, MOST_FOR_PEERS = 500_000, 100


def main(quick: bool = False) -> None:
    peers = installed()
    lines = []
    for each in SUBJECTS["near-ties"]:
        job = sized(each.make(), 0.02 if quick else 0.1, MOST)
        times = timed(job.call, 1 if quick else 3, warm=False, clock=process_time)
        exactly, complete = _games.exactly_solved(times.result), _games.complete(times.result)
        line = [
            each.name, str(job.items), rate(job.items / times.least),
            rate(job.items / times.middle), f"{exactly:.1%}", f"{complete:.1%}",
        ]  # fmt: skip
        size = job.data.payoffs.shape[-1]
        some = min(MOST_FOR_PEERS, job.items)
        game = Game(job.data.players, job.data.actions, job.data.payoffs[:some])
        for peer in peers:
            if size > (peer.largest_quick if quick else peer.largest):
                line.append("")
                continue
            findings = compare(peer, game, times.result, 0.02 if quick else 0.2)
            slower = findings.each * job.items / times.middle
            line.append(f"{ratio(slower)}, {findings.words}")
        lines.append(line)
    headers = ["games", "batch", "games/s", "median", "exactly", "complete"]
    table("benchmarks.phases.near_ties", [*headers, *(peer.name for peer in peers)], lines)


if __name__ == "__main__":
    main()
