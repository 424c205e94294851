#!/usr/bin/env python3
"""How long a command takes to its first byte of output: by the clock, and in processor seconds of its threads until then.

    python3 bench/start.py RUNS COMMAND...

For instance: bench/start.py 5 ./fader generate llama-3.2-1b-Q4_0.gguf 'once upon a time in a land far away there' --greedy
RandomGguf.java writes such a file. Processor time is of the process that COMMAND becomes. It is what counts where other
programs use the cores, too: the clock then tells how busy they were.
"""

import glob
import os
import statistics
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")
MOST_THREADS = 6


def processor_seconds(stat):
    """The name of a process or thread, and its user and system time."""
    try:
        with open(stat) as file:
            text = file.read()
    except OSError:  # it has ended
        return "", 0.0
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text.rsplit(")", 1)[1].split()
    return name, (int(fields[11]) + int(fields[12])) / TICKS


def start(command):
    begun = time.time()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    process.stdout.read(1)
    seconds = time.time() - begun
    total = processor_seconds(f"/proc/{process.pid}/stat")[1]
    threads = {}
    for stat in glob.glob(f"/proc/{process.pid}/task/*/stat"):
        name, used = processor_seconds(stat)
        threads[name] = threads.get(name, 0) + used
    process.kill()
    process.wait()
    return seconds, total, threads


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    starts = [start(sys.argv[2:]) for _ in range(int(sys.argv[1]))]
    clock = [seconds for seconds, _, _ in starts]
    processor = [total for _, total, _ in starts]
    threads = min(starts, key=lambda one: one[1])[2]
    most = sorted(threads.items(), key=lambda thread: -thread[1])[:MOST_THREADS]
    print(f"clock      {min(clock):6.2f} s at best, median {statistics.median(clock):6.2f}")
    print(f"processor  {min(processor):6.2f} s at best, median {statistics.median(processor):6.2f}")
    print("of these   " + ", ".join(f"{name} {used:.2f}" for name, used in most))


if __name__ == "__main__":
    main()
