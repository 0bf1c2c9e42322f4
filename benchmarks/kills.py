"""kill -9 of workers and servers during ingestions through jobs, at random moments.

    PYTHONPATH=tests python benchmarks/kills.py [--kills 100] [--seed 1]

Says what the kills hit, and how many rows were lost, doubled or half written: after each kill every
row of the index that was being written is looked at (unit vector, thumbnail that decodes, text that
was read, one row for a key), and in the end every row of every index.
"""

import argparse
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from killing import PICTURES, Slaughter


def main() -> None:
    """Kill, count, print; the exit code says whether a row was hurt."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    servers = options.kills * 15 // 100
    with tempfile.TemporaryDirectory() as scratch:
        killing = Slaughter(Path(scratch), options.seed)
        toll = killing.run(workers=options.kills - servers, servers=servers)
    print(f"machine       {platform.machine()}, {os.cpu_count()} processors, {platform.system()}")
    print("versions     ", *(f"{name} {version(name)}" for name in ("lancedb", "sqlalchemy")))
    print(f"kills         {toll.workers} workers, {toll.servers} servers, seed {options.seed}")
    print(f"they hit      {toll.half_way} between the first and the last row,")
    print(f"              {toll.before_a_row} before, {toll.after_the_last} after")
    print(f"ingestions    {toll.ingestions} of {PICTURES} pictures, {toll.given_up} given up")
    print(f"rows          {toll.rows} in {toll.seconds:.0f} s")
    print(f"lost          {toll.lost}")
    print(f"doubled       {toll.doubled}")
    print(f"half written  {toll.half_written}")
    sys.exit(bool(toll.faults))


if __name__ == "__main__":
    main()
