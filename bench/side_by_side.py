#!/usr/bin/env python3
"""Fader and PyTorch eager take turns at the same training steps on one machine, and never run at once.

    python3 bench/side_by_side.py [--python PYTHON] [--java JAVA] [--turns 7] [--seconds 2] WORK...

WORK is a training step: a, b or c, or m or q with experts, see TrainingSpeed.java. Only PYTHON needs PyTorch, and
transformers for m and q. Ratios are medians over turns,
each turn against its neighbour, and of Fader in the last --precision, so that a machine that slows down slows both. With --flat N, N more
steps of Fader alone show whether the step time stays what it was.
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent


class Runner:
    """One child process: a line `N` in, N rounds of work, a line of figures out."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.count = 1
        self.rates = []
        self.cpu = []

    def run(self, count):
        self.process.stdin.write(f"{count}\n")
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended")
        return [float(word) for word in line.split()]

    def warm_up(self, rounds, seconds):
        """Runs for a while, and finds how many rounds fill a turn."""
        self.run(rounds)
        median = self.run(3)[3]
        self.count = max(3, round(1000 * seconds / median))

    def turn(self):
        rate, cpu, *_ = self.run(self.count)
        self.rates.append(rate)
        self.cpu.append(1000 * cpu / self.count)

    def peak_megabytes(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1024

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def runners(options, work):
    java = [options.java, "--add-modules", "jdk.incubator.vector"]
    java += ["--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", *options.java_option, "-cp", options.classpath]
    package = "dev.fader.bench."
    threads = str(options.threads)
    for precision in options.precision:
        yield Runner(f"fader, {precision}", [*java, package + "TrainingSpeed", work, threads, precision])
    for precision in options.precision:
        for optimizer in options.optimizer:
            command = [options.python, BENCH / "training_speed.py", work, threads, optimizer, precision]
            yield Runner(f"torch, {optimizer}, {precision}", command)


def compare(options, work):
    teams = list(runners(options, work))
    warm_up = {"a": 400, "b": 12, "c": 8, "m": 40, "q": 40}[work]
    for runner in teams:
        runner.warm_up(warm_up if runner.name.startswith("fader") else max(3, warm_up // 10), options.seconds)
    for _ in range(options.turns):
        for runner in teams:
            runner.turn()
    fader = teams[len(options.precision) - 1]
    for runner in teams:
        ratio = statistics.median(f / r for f, r in zip(fader.rates, runner.rates))
        print(
            f"{work}  {runner.name:24} {statistics.median(runner.rates):10.1f} tokens/s"
            f"  best {max(runner.rates):10.1f}  cpu {statistics.median(runner.cpu):9.2f} ms/step"
            f"  peak {runner.peak_megabytes():6d} MB  {fader.name} is {ratio:5.2f} times as fast",
            flush=True,
        )
    if options.flat:
        medians = [fader.run(options.flat // 8)[3] for _ in range(8)]
        print(f"{work}  fader, {options.flat} steps in eighths, median ms each:", *medians)
    for runner in teams:
        runner.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("work", nargs="+", choices=["a", "b", "c", "m", "q"])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--java", default="java")
    parser.add_argument("--java-option", action="append", default=[])
    parser.add_argument("--classpath", default="core/target/classes:bench/target/classes")
    parser.add_argument("--optimizer", action="append", choices=["default", "fused"])
    parser.add_argument("--precision", action="append", choices=["float32", "bfloat16"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--flat", type=int, default=0)
    options = parser.parse_args()
    options.optimizer = options.optimizer or ["default", "fused"]
    options.precision = options.precision or ["float32"]
    for work in options.work:
        compare(options, work)


if __name__ == "__main__":
    main()
