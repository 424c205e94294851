"""Trains one model with its parameters shared in several ways, and tells what each way costs.

    python3 bench/sharing.py DATA WORK [--glob GLOB] [--seeds 1,2] [--steps 300] [--ways opt] [--speed]

DATA is a text or a folder, WORK a folder for the runs. Per way and seed: parameters, validation loss after equal tokens.
Each way is compared with the first of its architecture; with --ways only those are run whose name has that text.
With --speed only the tokens per second of a few steps, one way after the other in turns; for a quiet machine.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

FADER = os.environ.get("FADER", str(Path(__file__).resolve().parent.parent / "fader"))

COMMON = "--layers 4 --dim 64 --heads 4 --context 64 --batch 8 --tokenizer bpe:1024 --optimizer muon"
WAYS = {
    "nothing shared": "--arch llama --no-tied",
    "head is the embedding": "--arch llama --tied",
    "one head of keys and values": "--arch llama --no-tied --kv-heads 1",
    "latent keys and values": "--arch deepseek --no-tied",
    "two layers share": "--arch llama --no-tied --share-layers 2",
    "four layers share": "--arch llama --no-tied --share-layers 4",
    "two layers only": "--arch llama --no-tied --layers 2",
    "opt, nothing shared": "--arch opt --no-tied",
    "opt, embedding of 32": "--arch opt --no-tied --embedding-dim 32",
    "opt, embedding of 16": "--arch opt --no-tied --embedding-dim 16",
    "opt, head is the embedding": "--arch opt --tied",
    "opt, tied embedding of 32": "--arch opt --tied --embedding-dim 32",
    "opt, tied embedding of 16": "--arch opt --tied --embedding-dim 16",
}


def train(options, way, seed, steps):
    """One run; what it printed as JSON."""
    words = shlex.split(COMMON + " " + WAYS[way])
    if words.count("--layers") > 1:  # that of the way
        del words[:2]
    out = options.work / f"{way.replace(' ', '-').replace(',', '')}-{seed}-{steps}"
    command = [*shlex.split(FADER), "train", "--json", "--quiet", "--data", options.data, "--out", str(out), "--overwrite"]
    command += ["--seed", str(seed), "--steps", str(steps), "--eval-every", str(steps), *words]
    command += ["--glob", options.glob] if options.glob else []
    command += ["--eval-batches", "1"] if options.speed else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return json.loads(done.stdout[done.stdout.index("{") :])


def losses(options):
    print(f"{'way':28} {'parameters':>10} {'val loss, by seed':>20} {'mean':>8} {'against nothing shared':>23}")
    bases = {}
    for way in options.ways:
        runs = [train(options, way, seed, options.steps) for seed in options.seeds.split(",")]
        found = [run["val_loss"] for run in runs]
        mean = statistics.mean(found)
        base = bases.setdefault(way.startswith("opt"), mean)
        told = " ".join(f"{loss:.4f}" for loss in found)
        print(f"{way:28} {runs[0]['parameters']:>10,} {told:>20} {mean:8.4f} {100 * (mean / base - 1):+22.2f} %", flush=True)


def speeds(options):
    rates = {way: [] for way in options.ways}
    for _ in range(options.turns):
        for way in options.ways:
            rates[way].append(train(options, way, 1, options.steps)["tokens_per_second"])
    for way, found in rates.items():
        print(f"{way:28} {statistics.median(found):10,.0f} tokens/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("work", type=Path)
    parser.add_argument("--glob", default="")
    parser.add_argument("--seeds", default="1,2")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--ways", default="")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--turns", type=int, default=1)
    options = parser.parse_args()
    options.ways = [way for way in WAYS if options.ways in way]
    (speeds if options.speed else losses)(options)


if __name__ == "__main__":
    main()
