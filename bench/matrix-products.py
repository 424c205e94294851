#!/usr/bin/env python3
"""Matrix products of Fader and of PyTorch's MKL in turns, in GFLOP/s (best and median).

usage: matrix-products.py CLASSPATH [threads] [turns]
Needs a Python with torch, and JAVA_HOME or java 25 on the path.
"""
import os
import statistics
import subprocess
import sys
import time


def torch_rates(threads):
    import torch

    torch.set_num_threads(threads)
    for line in sys.stdin:
        rows, inner, columns, form = line.split()[:4]
        m, k, n = int(rows), int(inner), int(columns)
        a = torch.rand(m, k) if form[0] == "N" else torch.rand(k, m).t()
        b = torch.rand(k, n) if form[1] == "N" else torch.rand(n, k).t()
        c = torch.empty(m, n)
        torch.mm(a, b, out=c)
        times = []
        start = time.perf_counter()
        while time.perf_counter() - start < 0.3 or len(times) < 3:
            before = time.perf_counter()
            torch.mm(a, b, out=c)
            times.append(time.perf_counter() - before)
        flops = 2e-9 * m * k * n
        print(m, k, n, form, flops / min(times), flops / statistics.median(times))


def main():
    classpath = sys.argv[1]
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    turns = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else "java"
    command = [java, "--add-modules", "jdk.incubator.vector", "-cp", classpath]
    command += ["dev.fader.bench.MatrixProductBenchmark", str(threads)]
    rates = {}
    for _ in range(turns):
        ours = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        theirs = subprocess.run(
            [sys.executable, __file__, "--torch", str(threads)],
            input=ours, stdout=subprocess.PIPE, text=True, check=True,
        ).stdout
        for engine, lines in (("fader", ours), ("mkl", theirs)):
            for line in lines.splitlines():
                *shape, best, median = line.split()
                entry = rates.setdefault((*shape,), {}).setdefault(engine, [0.0, 0.0])
                entry[0] = max(entry[0], float(best))
                entry[1] = max(entry[1], float(median))
    print(f"| rows x inner x columns, {threads} threads | Fader | MKL | ratio | Fader median | MKL median |")
    print("|---|---|---|---|---|---|")
    for (rows, inner, columns, form), entry in rates.items():
        (fb, fm), (mb, mm) = entry["fader"], entry["mkl"]
        print(f"| {rows} x {inner} x {columns} {form} | {fb:.0f} | {mb:.0f} | {fb / mb:.2f} | {fm:.0f} | {mm:.0f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--torch"]:
        torch_rates(int(sys.argv[2]))
    else:
        main()
