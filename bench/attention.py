#!/usr/bin/env python3
"""PyTorch's scaled_dot_product_attention in the shapes of dev.fader.bench.AttentionBenchmark, best and median in microseconds.

usage: attention.py [threads]
"""
import statistics
import sys
import time

import torch
import torch.nn.functional as F

# sequences, heads, key and value heads, queries, keys, size of a head
SHAPES = [(12, 4, 4, 64, 64, 32), (8, 6, 6, 256, 256, 64), (4, 12, 12, 64, 64, 64), (1, 8, 2, 2048, 2048, 64), (1, 12, 12, 1, 1024, 64)]


def measure(work, seconds=3.0):
    work()
    times = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 5:
        before = time.perf_counter()
        work()
        times.append(1e6 * (time.perf_counter() - before))
    return min(times), statistics.median(times)


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    print("| shape | forward, best | median | backward, best | median |")
    print("|---|---|---|---|---|")
    for batch, heads, key_heads, queries, keys, size in SHAPES:
        q = torch.randn(batch, heads, queries, size, requires_grad=True)
        k = torch.randn(batch, key_heads, keys, size, requires_grad=True)
        v = torch.randn(batch, key_heads, keys, size, requires_grad=True)
        how = {"is_causal": queries == keys, "enable_gqa": heads != key_heads}
        with torch.no_grad():
            forward = measure(lambda: F.scaled_dot_product_attention(q, k, v, **how))
        out = F.scaled_dot_product_attention(q, k, v, **how)
        gradient = torch.randn_like(out)
        backward = measure(lambda: torch.autograd.grad(out, (q, k, v), gradient, retain_graph=True))
        print("| %s | %.0f | %.0f | %.0f | %.0f |" % ("x".join(map(str, (batch, heads, key_heads, queries, keys, size))), *forward, *backward))


main()
