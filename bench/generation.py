#!/usr/bin/env python3
"""Fader and llama.cpp take turns at reading prompts and at generating, and never run at once.

    python3 bench/generation.py --peer /path/to/llama-bench [--types Q4_0,Q8_0] [--shape llama-3.2-1b] [--turns 5]

Models of random weights are written to --folder (RandomGguf.java) unless they are there. Ratios are medians over turns,
each turn against its neighbour, so that a machine that slows down slows both. --fader CLASSPATH may be given several
times as NAME=CLASSPATH, to compare two builds; without --peer Fader runs alone. Tests: pN reads a prompt of N tokens,
gN generates N tokens, each with its logits.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BENCH = Path(__file__).resolve().parent
TYPES = "Q4_0,Q8_0,Q4_K_M,BF16,F16"
# As /proc/cpuinfo names them; llama.cpp built for the machine uses those that it has.
INSTRUCTIONS = ["avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "asimd", "asimddp", "i8mm", "sve"]


class Fader:
    """One process for a model, which answers lines."""

    def __init__(self, name, classpath, model, options):
        self.name = name
        java = [options.java, "--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC"]
        java += ["--enable-native-access=ALL-UNNAMED", *options.java_option, "-cp", classpath]
        self.process = subprocess.Popen(
            [*java, "dev.fader.bench.GenerationSpeed", model, str(options.threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )

    def run(self, test):
        words = {"p": "prompt", "g": "generate"}
        self.process.stdin.write(f"{words[test[0]]} {test[1:]}\n")
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended")
        return float(line.split()[0])

    def warm_up(self, tests):
        """The compiler needs some seconds of each kind of work."""
        for test in tests:
            self.run(test)
            self.run(test)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class LlamaBench:
    """A process for each turn; it warms up before it measures."""

    name = "llama.cpp"

    def __init__(self, model, options):
        self.command = [options.peer, "-m", model, "-t", str(options.threads), "-r", "1", "-o", "json"]
        self.build = ""

    def run(self, test):
        sizes = ["-p", test[1:], "-n", "0"] if test[0] == "p" else ["-p", "0", "-n", test[1:]]
        done = subprocess.run([*self.command, *sizes], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        (row,) = json.loads(done.stdout)
        self.build = row["build_commit"]
        return row["avg_ts"]

    def warm_up(self, tests):
        pass

    def close(self):
        pass


def machine():
    lines = Path("/proc/cpuinfo").read_text().split("\n")
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    flags = fields.get("flags", fields.get("Features", "")).split()
    family = "family {cpu family} model {model}".format_map(fields) if "cpu family" in fields else ""
    present = " ".join(flag for flag in INSTRUCTIONS if flag in flags)
    return f"{fields.get('model name', 'processor unknown')}, {family}, {os.cpu_count()} cores, {present}"


def model_file(options, type_name, classpath):
    file = options.folder / f"{options.shape}-{type_name}.gguf"
    if not file.exists():
        command = [options.java, "--add-modules", "jdk.incubator.vector", "-cp", classpath, "dev.fader.bench.RandomGguf"]
        part = file.with_suffix(f".{os.getpid()}")
        subprocess.run([*command, options.shape, type_name, part], stderr=subprocess.DEVNULL, check=True)
        part.rename(file)
    return str(file)


def measure(options, type_name, builds):
    model = model_file(options, type_name, builds[0][1])
    teams = [Fader(name, classpath, model, options) for name, classpath in builds]
    if options.peer:
        teams.append(LlamaBench(model, options))
    for team in teams:
        team.warm_up(options.tests)
    for test in options.tests:
        rates = {team.name: [] for team in teams}
        for _ in range(options.turns):
            for team in teams:
                rates[team.name].append(team.run(test))
        base = rates[teams[0].name]
        for team in teams:
            own = rates[team.name]
            ratio = statistics.median(f / r for f, r in zip(base, own))
            print(
                f"{type_name:8} {test:6} {team.name:12} {statistics.median(own):8.2f} tokens/s"
                f"  {min(own):8.2f} to {max(own):8.2f}"
                + ("" if team is teams[0] else f"  {teams[0].name} is {ratio:5.2f} times as fast"),
                flush=True,
            )
    for team in teams:
        team.close()
    return [team.build for team in teams if isinstance(team, LlamaBench)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peer", help="llama-bench")
    parser.add_argument("--types", default=TYPES)
    parser.add_argument("--shape", default="llama-3.2-1b")
    parser.add_argument("--tests", default="g64,p128,p512")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "fader-bench")
    parser.add_argument("--java", default="java")
    parser.add_argument("--java-option", action="append", default=[])
    parser.add_argument("--fader", action="append", help="[NAME=]CLASSPATH")
    options = parser.parse_args()
    options.tests = options.tests.split(",")
    options.folder.mkdir(exist_ok=True)
    own = f"{BENCH}/target/classes:{BENCH.parent}/core/target/classes:{BENCH}/target/modules/*"
    builds = [build.split("=", 1) if "=" in build else ["fader", build] for build in options.fader or [own]]
    print(f"{machine()}; {options.threads} threads, {options.turns} turns; load {os.getloadavg()[0]:.1f}", flush=True)
    for type_name in options.types.split(","):
        commits = measure(options, type_name, builds)
    if options.peer:
        print(f"llama.cpp {commits[0]}; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
