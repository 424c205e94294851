"""Trains dense models and mixtures of experts of equal active parameters on two domains, and compares them.

    python3 bench/experts.py SOURCE SHAKESPEARE WORK [--arch deepseek] [--seeds 1,2,3] [--steps 500]

SOURCE is a folder of Java files, SHAKESPEARE a text, WORK a folder for the runs. Per seed: the dense model, experts without
balancing, and experts with it. Printed: the validation loss, the load of the busiest expert over the mean and how many
experts nobody chose, both over the validation text.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

FADER = Path(__file__).resolve().parent.parent / "fader"


def train(options, out, seed, more):
    command = [FADER, "train", "--json", "--quiet", "--data", options.shakespeare, "--data", options.source]
    command += ["--glob", "**/*.java", "--out", out, "--overwrite", "--seed", str(seed), "--steps", str(options.steps)]
    command += ["--arch", options.arch, "--layers", "3", "--dim", "96", "--context", "64", "--batch", "8"]
    command += ["--tokenizer", "bpe:1024", "--eval-every", "500", "--optimizer", "muon", *more]
    command += ["--threads", str(options.threads)]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("shakespeare")
    parser.add_argument("work", type=Path)
    parser.add_argument("--arch", default="deepseek", choices=["deepseek", "qwen3", "llama"])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    experts = ["--experts", "8", "--experts-per-token", "2"]
    speed = ["--balance-speed", "0.005"]
    kinds = {"dense": [], "unbalanced": [*experts, "--balance", "none"], "balanced": [*experts, *speed]}
    losses = {kind: [] for kind in kinds}
    print(f"{'seed':>4} {'model':12} {'parameters':>10} {'val loss':>9} {'largest load':>12} {'unused':>6} {'seconds':>8}")
    for seed in options.seeds.split(","):
        for kind, more in kinds.items():
            found = train(options, options.work / f"{options.arch}-{kind}-{seed}", seed, more)
            losses[kind].append(found["model_val_loss"])
            load, unused = found.get("expert_load"), found.get("unused_experts")
            print(
                f"{seed:>4} {kind:12} {found['parameters']:>10} {found['model_val_loss']:9.4f}"
                f" {'' if load is None else f'{load:.3f}':>12} {'' if unused is None else unused:>6} {found['seconds']:8.0f}",
                flush=True,
            )
    for kind in ("unbalanced", "balanced"):
        gains = [100 * (1 - e / d) for e, d in zip(losses[kind], losses["dense"])]
        print(f"{kind}: {statistics.mean(gains):.1f} % below the dense model ({min(gains):.1f} to {max(gains):.1f})")


if __name__ == "__main__":
    main()
