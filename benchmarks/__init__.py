"""Benchmarks: subjects by size and by severity, one driver per phase, peers in the same run.

`python -m benchmarks` runs every phase in some five minutes, with `--quick` in about one;
`python -m benchmarks equilibria near_ties` runs the named ones; `python -m benchmarks.readme` gives
the times of the README's command for docs/performance.md. Absolute figures depend on the machine
and its load, so that ratios say more.

Evidence on `canada_us` is not about speed: `observed_trade`, `published_scenarios`, `incidence`,
`headline`, `referee` and `assumptions` print tables, and `python -m benchmarks.page` writes them
into the pages of the model.

Games are compared with nashpy, with quantecon and with Gambit (`pip install quantecon`,
`pip install --pre pygambit`), where they are installed.
"""

import os

# The matrices are small: one thread, as on the command line. To be set before NumPy is loaded.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
