#!/usr/bin/env python3
"""Fader and Hugging Face's tokenizers take turns at encoding one text, on one thread each, never at once.

    python3 bench/tokenizer_throughput.py TOKENIZER.json TEXT... [--java JAVA] [--turns 7] [--seconds 1]

Needs the package tokenizers. Ratios are medians over turns, each turn against its neighbour.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

from tokenizers import Tokenizer  # noqa: E402

BENCH = Path(__file__).resolve().parent


class Fader:
    def __init__(self, java, tokenizer, text):
        classes = ":".join(str(BENCH.parent / part / "target/classes") for part in ("core", "bench"))
        libraries = subprocess.run(
            ["find", str(Path.home() / ".m2/repository"), "-name", "jackson-*.jar"],
            capture_output=True, text=True, check=True,
        ).stdout.split()
        command = [java, "--add-modules", "jdk.incubator.vector", "-cp", ":".join([classes, *libraries])]
        self.process = subprocess.Popen(
            [*command, "dev.fader.bench.TokenizerSpeed", tokenizer, text],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )

    def run(self, times):
        self.process.stdin.write(f"{times}\n")
        line = self.process.stdout.readline()
        if not line:
            sys.exit("Fader ended")
        seconds, _, ids = line.split()
        return float(seconds), int(ids)


class HuggingFace:
    def __init__(self, tokenizer, text):
        self.tokenizer = Tokenizer.from_file(tokenizer)
        self.text = Path(text).read_text(encoding="utf-8")

    def run(self, times):
        start = time.perf_counter()
        for _ in range(times):
            encoding = self.tokenizer.encode(self.text, add_special_tokens=False)
        return time.perf_counter() - start, len(encoding.ids)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tokenizer")
    parser.add_argument("texts", nargs="+")
    parser.add_argument("--java", default="java")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1)
    options = parser.parse_args()
    for text in options.texts:
        megabytes = Path(text).stat().st_size / 1e6
        ours, theirs = Fader(options.java, options.tokenizer, text), HuggingFace(options.tokenizer, text)
        counts = []
        for runner in (ours, theirs):
            runner.run(2)
            counts.append(max(1, round(3 * options.seconds / runner.run(3)[0])))
        rates, ratios = [], []
        for _ in range(options.turns):
            (a, ids), (b, other) = ours.run(counts[0]), theirs.run(counts[1])
            if ids != other:
                sys.exit(f"{text}: {ids} ids against {other}")
            rates.append((megabytes * counts[0] / a, megabytes * counts[1] / b))
            ratios.append(rates[-1][0] / rates[-1][1])
        middle = [statistics.median(rate[i] for rate in rates) for i in (0, 1)]
        print(f"{text}: Fader {middle[0]:.1f} MB/s, tokenizers {middle[1]:.1f} MB/s, ratio {statistics.median(ratios):.2f} "
              f"({min(ratios):.2f} to {max(ratios):.2f}), {ids} ids")


main()
