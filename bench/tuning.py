#!/usr/bin/env python3
"""Fader and peft on PyTorch eager take turns at tuning an adapter, and never run at once.

    python3 bench/tuning.py MODEL ADAPTER BATCH TOKENS [--python PYTHON] [--java JAVA] [--turns 5]
                            [--quantised MODEL.gguf]

MODEL is a Hugging Face directory in float32, ADAPTER a directory of peft. Only PYTHON needs peft. Ratios are medians
over turns, each turn against its neighbour. With --quantised a third runner tunes the same adapter on a GGUF file.
"""

import argparse
import statistics
import sys

from side_by_side import BENCH, Runner


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("adapter")
    parser.add_argument("batch")
    parser.add_argument("tokens")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--java", default="java")
    parser.add_argument("--classpath", default="core/target/classes:bench/target/classes")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--quantised")
    options = parser.parse_args()
    work = [options.adapter, options.batch, options.tokens, options.threads]
    java = [options.java, "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"]
    java += ["-XX:+UseSerialGC", "-cp", options.classpath, "dev.fader.bench.TuningSpeed"]
    teams = [Runner("fader", [*java, options.model, *work])]
    teams.append(Runner("peft", [options.python, BENCH / "tuning_speed.py", options.model, *work]))
    if options.quantised:
        teams.append(Runner("fader, quantised", [*java, options.quantised, *work]))
    for runner in teams:
        runner.warm_up(3 if runner.name == "peft" else 6, options.seconds)
    for _ in range(options.turns):
        for runner in teams:
            runner.turn()
    for runner in teams:
        ratio = statistics.median(f / r for f, r in zip(teams[0].rates, runner.rates))
        print(
            f"{runner.name:18} {statistics.median(runner.rates):10.1f} tokens/s  best {max(runner.rates):10.1f}"
            f"  cpu {statistics.median(runner.cpu):9.2f} ms/step  peak {runner.peak_megabytes():6d} MB"
            f"  fader is {ratio:5.2f} times as fast",
            flush=True,
        )
        runner.close()


if __name__ == "__main__":
    main()
