#!/usr/bin/env python3
"""Matrix products of Fader and of the libraries that are installed, in turns: medians in GFLOP/s.

    python3 bench/matrix-products.py [--threads 1] [--turns 5] [--seconds 0.1] [--library NAME=PATH]... [SHAPE...]

SHAPE is rows x inner x columns, as 768x128x512. Every engine is a process of its own; for each shape they take
turns, and the figure is the median of the medians of all turns, with the ratio to the best library in the same
turn. Libraries are found by name where no path is given: openblas, blis (through cblas_sgemm) and onednn (its
matmul primitive, version 2); mkl is the one in PyTorch. The environment reaches them: OpenBLAS and BLIS may not
know a processor that is younger, and take OPENBLAS_CORETYPE=SkylakeX and BLIS_ARCH_TYPE=skx or zen3.
"""

import argparse
import array
import ctypes
import os
import random
import statistics
import subprocess
import sys
import time

SHAPES = """1024x1024x1024 768x128x128 768x128x512 768x512x128 512x768x128 2048x384x1536 2048x1536x384 256x768x3072
    256x768x50257 1x768x3072 128x2048x8192 512x2048x8192""".split()
FORMS = ["NN", "NT", "TN"]
LIBRARIES = {
    "onednn": ["libdnnl.so.2"],
    "openblas": ["libopenblas.so.0", "libopenblas.so"],
    "blis": ["libblis.so.4", "libblis.so"],
}


def memory(count):
    """`count` floats in -0.5..0.5, on a page of their own."""
    some = array.array("f", (random.random() - 0.5 for _ in range(4096))).tobytes()
    buffer = ctypes.create_string_buffer(4 * count + 4096 + len(some))
    start = ctypes.addressof(buffer) + -ctypes.addressof(buffer) % 4096
    for at in range(0, 4 * count, len(some)):
        ctypes.memmove(start + at, some, min(len(some), 4 * count - at))
    return buffer, start


def cblas(path):
    multiply = ctypes.CDLL(path).cblas_sgemm
    whole, single, pointer = ctypes.c_int, ctypes.c_float, ctypes.c_void_p
    multiply.argtypes = [whole] * 6 + [single, pointer, whole, pointer, whole, single, pointer, whole]
    multiply.restype = None

    def product(m, k, n, form, a, b, c):
        transposed = [112 if letter == "T" else 111 for letter in form]
        lda, ldb = (m if form[0] == "T" else k), (k if form[1] == "T" else n)
        return lambda: multiply(101, *transposed, m, n, k, 1.0, a, lda, b, ldb, 0.0, c, n)

    return product


def onednn(path):
    """The matmul primitive: faster than dnnl_sgemm in places, and never slower by more than noise."""
    library = ctypes.CDLL(path)
    pointer, byref = ctypes.c_void_p, ctypes.byref

    def call(name, *arguments):
        status = getattr(library, name)(*arguments)
        if status:
            sys.exit(f"{name}: status {status}")

    engine, stream = pointer(), pointer()
    call("dnnl_engine_create", byref(engine), 1, ctypes.c_size_t(0))
    call("dnnl_stream_create", byref(stream), engine, 1)

    class Argument(ctypes.Structure):
        _fields_ = [("index", ctypes.c_int), ("memory", pointer)]

    def described(rows, columns, transposed):
        description = ctypes.create_string_buffer(4096)
        pair = ctypes.c_int64 * 2
        strides = pair(1, rows) if transposed else pair(columns, 1)
        call("dnnl_memory_desc_init_by_strides", description, 2, pair(rows, columns), 3, strides)
        return description

    def product(m, k, n, form, a, b, c):
        shapes = [described(m, k, form[0] == "T"), described(k, n, form[1] == "T"), described(m, n, False)]
        operation = ctypes.create_string_buffer(1 << 16)
        call("dnnl_matmul_desc_init", operation, shapes[0], shapes[1], None, shapes[2])
        chosen, primitive = pointer(), pointer()
        call("dnnl_primitive_desc_create", byref(chosen), operation, None, engine, None)
        call("dnnl_primitive_create", byref(primitive), chosen)
        arguments = (Argument * 3)()
        for i, (index, shape, data) in enumerate(zip((1, 33, 17), shapes, (a, b, c))):
            arguments[i].index = index
            held = pointer()
            call("dnnl_memory_create", byref(held), shape, engine, pointer(data))
            arguments[i].memory = held.value

        def run():
            library.dnnl_primitive_execute(primitive, stream, 3, arguments)
            library.dnnl_stream_wait(stream)

        return run

    return product


def mkl(threads):
    import torch

    torch.set_num_threads(threads)

    def tensor(rows, columns, transposed):
        return torch.rand(columns, rows).t() if transposed else torch.rand(rows, columns)

    def product(m, k, n, form, *_):
        a, b, c = tensor(m, k, form[0] == "T"), tensor(k, n, form[1] == "T"), torch.empty(m, n)
        return lambda: torch.mm(a, b, out=c)

    return product


def serve(kind, path, threads):
    """Answers lines `rows inner columns form seconds` by the best and the median rate."""
    engine = mkl(threads) if kind == "mkl" else onednn(path) if kind == "onednn" else cblas(path)
    print("ready", flush=True)
    for line in sys.stdin:
        *shape, form, seconds = line.split()
        m, k, n = map(int, shape)
        held, places = zip(*([memory(1)] * 3 if kind == "mkl" else map(memory, (m * k, k * n, m * n))))
        run = engine(m, k, n, form, *places)
        run()
        times = []
        start = time.perf_counter()
        while time.perf_counter() - start < float(seconds) or len(times) < 3:
            before = time.perf_counter()
            run()
            times.append(time.perf_counter() - before)
        flops = 2e-9 * m * k * n
        print(flops / min(times), flops / statistics.median(times), flush=True)
        del held


class Engine:
    def __init__(self, name, command, threads):
        self.name = name
        limits = {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "BLIS", "MKL")}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env={**os.environ, **limits}
        )
        self.ready = self.process.stdout.readline() == "ready\n"

    def median(self, shape, form, seconds):
        self.process.stdin.write(" ".join([*shape.split("x"), form, str(seconds)]) + "\n")
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} ended")
        return float(answer.split()[1])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def installed(path):
    try:
        ctypes.CDLL(path)
    except OSError:
        return False
    return True


def libraries(options):
    given = dict(entry.split("=", 1) for entry in options.library)
    for name, places in LIBRARIES.items():
        path = given.get(name) or next(filter(installed, places), None)
        if path is None:
            print(f"{name}: not installed, left out", file=sys.stderr)
        else:
            yield name, path
    yield "mkl", "torch"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE")
    parser.add_argument("--java", default="java")
    parser.add_argument("--java-option", action="append", default=[])
    parser.add_argument("--classpath", default="core/target/classes:bench/target/classes")
    parser.add_argument("--library", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--without", action="append", default=[], metavar="NAME")
    parser.add_argument("--forms", nargs="+", default=FORMS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.1)
    parser.add_argument("--warm-up", type=float, default=4)
    options = parser.parse_args()
    java = [options.java, "--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC", *options.java_option]
    java += ["-cp", options.classpath, "dev.fader.bench.MatrixProductBenchmark", str(options.threads)]
    engines = [Engine("Fader", java, options.threads)]
    for name, path in libraries(options):
        if name not in options.without:
            command = [sys.executable, __file__, "--serve", name, path, str(options.threads)]
            engines.append(Engine(name, command, options.threads))
    engines = [engine for engine in engines if engine.ready]
    for form in options.forms:  # until it is compiled
        engines[0].median("300x600x400", form, options.warm_up)
    names = " | ".join(engine.name for engine in engines)
    print(f"| rows x inner x columns, {options.threads} threads | {names} | to the best |")
    print("|---|" + "---|" * (len(engines) + 1))
    for shape in options.shapes or SHAPES:
        for form in options.forms:
            engines[0].median(shape, form, 2 * options.seconds)
            turns = [[engine.median(shape, form, options.seconds) for engine in engines] for _ in range(options.turns)]
            medians = " | ".join(f"{statistics.median(rates):.0f}" for rates in zip(*turns))
            ratio = statistics.median(rates[0] / max(rates[1:]) for rates in turns)
            print(f"| {shape.replace('x', ' x ')} {form} | {medians} | {ratio:.2f} |", flush=True)
    for engine in engines:
        engine.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
