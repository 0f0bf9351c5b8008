"""Benchmarks: subjects by size and by severity, one driver per phase, peers in the same run.

`python -m benchmarks` runs everything quickly, `python -m benchmarks.phases.trade` one phase at
length, `python -m benchmarks.readme` the figures of the README.
"""

import os

# The matrices are small: one thread, as on the command line. To be set before NumPy is loaded.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
