#!/usr/bin/env python3
"""Fader and llama-server take turns at writing for several clients, and never at once.

    python3 bench/serving.py MODEL.gguf [--served ./fader] [--peer /path/to/llama-server] [--clients 1,8] [--turns 3]

Both hold the model all the time, and wait while the other is at work. In a turn each client sends its requests one
after the other: a prompt of random ids that nobody has seen, continued greedily. Tokens per second are new tokens from
the first request to the last token, prompts and all; the first token is timed from the request. --fader [NAME=]CLASSPATH
may be given several times, to compare builds. The scheduler is called directly, servers over HTTP on loopback: --served
adds `./fader serve`.
"""

import argparse
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time

from generation import BENCH, machine


class Fader:
    """One process, which answers lines."""

    def __init__(self, name, classpath, options):
        self.name = name
        java = [options.java, "--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC"]
        java += ["--enable-native-access=ALL-UNNAMED", *options.java_option, "-cp", classpath]
        words = [options.model, options.threads, options.prompt_rows, max(options.clients)]
        self.process = subprocess.Popen(
            [*java, "dev.fader.bench.SchedulerSpeed", *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )

    def run(self, clients, requests, prompt, new):
        self.process.stdin.write(f"{clients} {requests} {prompt} {new}\n")
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended")
        rate, *firsts = map(float, line.split())
        return rate, firsts

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Server:
    """A server that speaks llama.cpp's /completion."""

    def __init__(self, name, port, command):
        self.name = name
        self.port = port
        self.process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.random = random.Random(7)
        while not self.healthy():
            if self.process.poll() is not None:
                sys.exit(f"{name} ended with {self.process.returncode}")
            time.sleep(0.2)

    def healthy(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port)
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except ConnectionError:
            return False

    def request(self, prompt, new, firsts):
        ids = [self.random.randrange(1000, 100000) for _ in range(prompt)]
        body = {"prompt": ids, "n_predict": new, "temperature": 0, "ignore_eos": True, "stream": True}
        body["cache_prompt"] = False
        start = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("POST", "/completion", json.dumps(body), {"Content-Type": "application/json"})
        first = 0
        for line in connection.getresponse():
            if line.startswith(b"data: "):
                first = first or time.perf_counter() - start
                last = json.loads(line[6:])
        if last["tokens_predicted"] != new:
            sys.exit(f"{self.name} wrote {last['tokens_predicted']} tokens, not {new}")
        firsts.append(first)

    def run(self, clients, requests, prompt, new):
        firsts = []

        def client():
            for _ in range(requests):
                self.request(prompt, new, firsts)

        threads = [threading.Thread(target=client) for _ in range(clients)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return clients * requests * new / (time.perf_counter() - start), firsts

    def close(self):
        self.process.terminate()
        self.process.wait()


def llama_server(options):
    """With a slot for each client."""
    clients = max(options.clients)
    context = clients * (options.prompt + options.new + 16)
    words = ["-m", options.model, "-t", options.threads, "-np", clients, "-c", context, "--port", options.port]
    return Server("llama-server", options.port, [options.peer, *words])


def fader_server(options):
    port = options.port + 1
    words = ["serve", options.model, "--threads", options.threads, "--port", port]
    return Server("fader serve", port, [options.served, *words])


def percentile(numbers, share):
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--served", help="fader, to be called over HTTP, too")
    parser.add_argument("--peer", help="llama-server")
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--clients", default="1,8")
    parser.add_argument("--requests", type=int, default=2)
    parser.add_argument("--prompt", type=int, default=256)
    parser.add_argument("--new", type=int, default=64)
    parser.add_argument("--prompt-rows", type=int, default=64)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--java", default="java")
    parser.add_argument("--java-option", action="append", default=[])
    parser.add_argument("--fader", action="append", help="[NAME=]CLASSPATH")
    options = parser.parse_args()
    options.clients = [int(count) for count in options.clients.split(",")]
    own = f"{BENCH}/target/classes:{BENCH.parent}/core/target/classes:{BENCH}/target/modules/*"
    builds = [build.split("=", 1) if "=" in build else ["fader", build] for build in options.fader or [own]]
    print(f"{machine()}; {options.threads} threads, {options.turns} turns; load {os.getloadavg()[0]:.1f}", flush=True)
    teams = [Fader(name, classpath, options) for name, classpath in builds]
    if options.served:
        teams.append(fader_server(options))
    if options.peer:
        teams.append(llama_server(options))
    for team in teams:
        team.run(max(options.clients), 1, options.prompt, 16)
    for clients in options.clients:
        rates = {team.name: [] for team in teams}
        firsts = {team.name: [] for team in teams}
        for _ in range(options.turns):
            for team in teams:
                rate, seconds = team.run(clients, options.requests, options.prompt, options.new)
                rates[team.name].append(rate)
                firsts[team.name] += seconds
        base = rates[teams[0].name]
        for team in teams:
            own = rates[team.name]
            ratio = statistics.median(f / r for f, r in zip(base, own))
            print(
                f"{clients:2} clients  {team.name:12} {statistics.median(own):7.2f} tokens/s"
                f"  {min(own):7.2f} to {max(own):7.2f}"
                f"  first token {percentile(firsts[team.name], 0.5):6.2f} s, 95 % {percentile(firsts[team.name], 0.95):6.2f}"
                + ("" if team is teams[0] else f"  {teams[0].name} is {ratio:5.2f} times as fast"),
                flush=True,
            )
    for team in teams:
        team.close()


if __name__ == "__main__":
    main()
