#!/usr/bin/env python3
"""The most memory that a command holds of its own at any time, mapped files left out: `Anonymous` of /proc/PID/smaps_rollup.

    python3 bench/memory.py COMMAND...

For instance: bench/memory.py ./fader generate llama-3.2-1b-Q4_0.gguf 'once upon a time' --max-tokens 60 --greedy
RandomGguf.java writes such a file. The process that COMMAND becomes is looked at ten times a second, children not.
"""

import subprocess
import sys
import time

PERIOD = 0.1
MEGABYTE = 1e6


def anonymous(pid):
    """Bytes that are neither of a file nor shared, 0 when the process has ended."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            lines = file.read().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    process = subprocess.Popen(
        sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    begun = time.time()
    most, when = 0, 0.0
    while process.poll() is None:
        now = anonymous(process.pid)
        if now > most:
            most, when = now, time.time() - begun
        time.sleep(PERIOD)
    print(f"{most / MEGABYTE:.0f} MB at most, after {when:.1f} s; exit code {process.returncode}")


if __name__ == "__main__":
    main()
