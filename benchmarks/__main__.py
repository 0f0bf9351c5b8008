"""Run every phase quickly."""

from __future__ import annotations

from benchmarks.phases import equilibria, startup, sweep, trade

if __name__ == "__main__":
    for phase in (trade, equilibria, sweep, startup):
        phase.main(quick=True)
