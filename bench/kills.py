#!/usr/bin/env python3
"""Kills ranks at random while they train: each kill must end the job, and the run that goes on, on another number of ranks,
under another launcher and with another --zero, must have the bits of the undisturbed one. Of the runs one in three has
--sync-every; such a one keeps its number of ranks, on which its bits depend.

  bench/kills.py ./fader --data text.txt --seconds 600
"""
import argparse
import glob
import hashlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time

LAUNCHERS = [["mpirun.openmpi", "--oversubscribe"], ["mpiexec.hydra"]]
OPTIONS = ("--tokenizer bytes --layers 1 --dim 32 --heads 2 --context 32 --batch 4 --steps 150 --eval-every 150 "
           "--checkpoint-every 5 --keep 2 --seed 1 --accumulate 4 --threads 1 --engine java").split()
LONGEST_END = 60  # seconds
SELDOM = ["--sync-every", "10"]


def start(arguments, out, launcher, ranks, sharing):
    command = (launcher + ["-n", str(ranks)] if ranks > 1 else []) + [arguments.fader, "train", "--out", out] + sharing
    # What was killed before its first checkpoint begins again.
    resume = bool(glob.glob(out + "/checkpoints/step-*"))
    if not resume:
        shutil.rmtree(out, ignore_errors=True)
    command += ["--resume"] if resume else ["--data", arguments.data] + OPTIONS
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    with open(out + ".err", "wb") as err:
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=err)


def ranks_of(out):
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().decode().split("\0")
        except OSError:
            continue
        if out in words and words[0].endswith("java"):
            found.append(int(path.split("/")[2]))
    return sorted(found)


def bits(out):
    with open(out + "/model.safetensors", "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def undisturbed(arguments, folder, whole, ranks, sharing):
    """The bits of a run that nobody kills, which is made once."""
    ranks, sharing = (ranks, sharing) if sharing == SELDOM else (1, [])  # no bit depends on others
    if ranks not in whole:
        out = os.path.join(folder, "whole%d" % ranks)
        assert start(arguments, out, LAUNCHERS[0], ranks, sharing).wait() == 0, out
        whole[ranks] = bits(out)
    return whole[ranks]


def kill_one(job, out, choice):
    """The seconds until the job has ended, and no rank of it is left."""
    os.kill(choice.choice(ranks_of(out)), signal.SIGKILL)
    begin = time.time()
    job.wait(timeout=LONGEST_END)
    left = ranks_of(out)
    assert not left, "left: %s" % left
    return time.time() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fader")
    parser.add_argument("--data", required=True)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    choice = random.Random(arguments.seed)
    print("seed", arguments.seed, flush=True)
    kills = runs = 0
    longest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        whole = {}
        end = time.time() + arguments.seconds
        while time.time() < end:
            out = os.path.join(folder, "run%d" % runs)
            seldom = choice.random() < 1 / 3
            ranks = choice.choice([2, 3, 4])
            while True:
                if not seldom:
                    ranks = choice.choice([2, 3, 4])
                sharing = SELDOM if seldom else ["--zero", str(choice.choice([0, 1, 2, 3]))]
                launcher = choice.choice(LAUNCHERS)
                job = start(arguments, out, launcher, ranks, sharing)
                while len(ranks_of(out)) < ranks and job.poll() is None:
                    time.sleep(0.1)
                time.sleep(choice.uniform(0, 8))
                if time.time() < end and job.poll() is None and ranks_of(out):
                    took = kill_one(job, out, choice)
                    kills, longest = kills + 1, max(longest, took)
                    print("kill %d: %d ranks of %s, %s, ended after %.1f s, code %d"
                          % (kills, ranks, launcher[0], " ".join(sharing), took, job.returncode), flush=True)
                if job.wait() == 0:
                    break
            runs += 1
            assert bits(out) == undisturbed(arguments, folder, whole, ranks, sharing), out
            print("run %d has the undisturbed bits" % runs, flush=True)
    print("%d kills in %d runs; the job ended after %.1f s at most" % (kills, runs, longest))


if __name__ == "__main__":
    main()
