"""Trains dense models and mixtures of experts of equal active parameters on two domains, and compares them.

    python3 bench/experts.py SOURCE SHAKESPEARE WORK [--arch deepseek] [--seeds 1,2,3] [--rates 1,1.5]

SOURCE is a folder of Java files, SHAKESPEARE a text, WORK a folder for the runs. With the first seed the dense model and the
balanced experts are trained with each of the learning rates, which are multiples of --lr, and go on with the best of their
own; with the others only with that. Unbalanced experts take the rate of the balanced ones.

Printed of each run: the validation loss, and of each router the load of its busiest expert over the mean, in the layer where
that is largest: over the choices of the last hundred steps of training, and over the validation text; and how many experts
nobody chose in the latter.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

FADER = Path(__file__).resolve().parent.parent / "fader"
LAST = 100


def load(log):
    """The load of the busiest expert over the mean, over the choices of the last steps, in the worst layer."""
    steps = [json.loads(line) for line in log.read_text().splitlines()]
    counted = [step["expert_choices"] for step in steps if "expert_choices" in step][-LAST:]
    if not counted:
        return None
    layers = [[sum(choices) for choices in zip(*of_layer)] for of_layer in zip(*counted)]
    return max(max(choices) * len(choices) / sum(choices) for choices in layers)


def train(options, name, seed, rate, more):
    out = options.work / f"{options.arch}-{name}-{rate:g}-{seed}"
    command = [FADER, "train", "--json", "--quiet", "--data", options.shakespeare, "--data", options.source]
    command += ["--glob", "**/*.java", "--out", out, "--overwrite", "--seed", seed, "--steps", options.steps]
    command += ["--arch", options.arch, "--layers", options.layers, "--dim", options.dim, "--heads", options.heads]
    command += ["--context", 64, "--batch", options.batch, "--ffn", options.ffn, "--lr", rate]
    command += ["--tokenizer", "bpe:1024", "--eval-every", options.steps, "--optimizer", "muon", *more]
    command += ["--threads", options.threads]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    found = json.loads(done.stdout)
    busiest, on_text, unused = load(out / "log.jsonl"), found.get("expert_load"), found.get("unused_experts")
    print(
        f"{seed:>4} {name:10} {rate:8.4f} {found['parameters']:>10} {found['val_loss']:9.4f}"
        f" {'' if busiest is None else f'{busiest:.3f}':>9} {'' if on_text is None else f'{on_text:.3f}':>9}"
        f" {'' if unused is None else unused:>6} {found['seconds']:8.0f}",
        flush=True,
    )
    return found["val_loss"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("shakespeare")
    parser.add_argument("work", type=Path)
    parser.add_argument("--arch", default="deepseek", choices=["deepseek", "qwen3", "llama"])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--ffn", type=int, default=176, help="of the dense model: as wide as three experts and the router")
    parser.add_argument("--expert-ffn", type=int, default=56)
    parser.add_argument("--batch", type=int, default=32, help="sequences of 64 tokens a step")
    parser.add_argument("--lr", type=float, default=0.011)
    parser.add_argument("--rates", default="1,1.5")
    options = parser.parse_args()
    experts = ["--experts", "8", "--experts-per-token", "2", "--expert-ffn", options.expert_ffn]
    kinds = {"dense": [], "balanced": experts}
    print(f"{'seed':>4} {'model':10} {'rate':>8} {'parameters':>10} {'val loss':>9} {'load':>9} {'on text':>9} {'unused':>6} {'seconds':>8}")
    first, *others = options.seeds.split(",")
    rates = [options.lr * float(rate) for rate in options.rates.split(",")]
    losses, best = {}, {}
    for name, more in kinds.items():
        found = {rate: train(options, name, first, rate, more) for rate in rates}
        best[name] = min(found, key=found.get)
        losses[name] = [found[best[name]]]
    unbalanced = [*experts, "--balance", "none"]
    losses["unbalanced"] = [train(options, "unbalanced", first, best["balanced"], unbalanced)]
    for seed in others:
        for name, more in kinds.items():
            losses[name].append(train(options, name, seed, best[name], more))
        losses["unbalanced"].append(train(options, "unbalanced", seed, best["balanced"], unbalanced))
    for name in ("unbalanced", "balanced"):
        gains = [100 * (1 - e / d) for e, d in zip(losses[name], losses["dense"])]
        print(f"{name}: {statistics.mean(gains):.2f} % below the dense model ({min(gains):.2f} to {max(gains):.2f})")


if __name__ == "__main__":
    main()
