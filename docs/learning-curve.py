#!/usr/bin/env python3
"""Draws learning-curve.svg from the log of a training run: learning-curve.py LOG.jsonl TITLE > learning-curve.svg"""

import json
import math
import sys

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 320, 56, 40, 16, 40


def main(log, title):
    steps = [json.loads(line) for line in open(log)]
    validation = [(s["step"], s["val_loss"]) for s in steps if "val_loss" in s]
    training = [(s["step"], s["loss"]) for s in steps]
    last = steps[-1]["step"]
    low = math.floor(min(loss for _, loss in training + validation))
    high = math.ceil(max(loss for _, loss in training))

    def x(step):
        return LEFT + (WIDTH - LEFT - RIGHT) * step / last

    def y(loss):
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - loss) / (high - low)

    def path(points):
        return " ".join(f"{x(step):.1f},{y(loss):.1f}" for step, loss in points)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="14" fill="#222">{title}</text>',
    ]
    for loss in range(low, high + 1):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(loss):.1f}" y2="{y(loss):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(loss) + 4:.1f}" text-anchor="end" fill="#555">{loss}</text>')
    spacing = max(1, round(last / 5, -int(math.log10(max(1, last / 5)))))
    for step in range(0, last + 1, int(spacing)):
        out.append(f'<text x="{x(step):.1f}" y="{HEIGHT - 20}" text-anchor="middle" fill="#555">{step}</text>')
    out.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 5}" text-anchor="end" fill="#555">step</text>')
    out.append(f'<polyline points="{path(training)}" fill="none" stroke="#9db8d9" stroke-width="1"/>')
    out.append(f'<polyline points="{path(validation)}" fill="none" stroke="#c2410c" stroke-width="2"/>')
    out += [f'<circle cx="{x(step):.1f}" cy="{y(loss):.1f}" r="3" fill="#c2410c"/>' for step, loss in validation]
    right = WIDTH - RIGHT - 220
    out.append(f'<text x="{right}" y="{TOP + 20}" fill="#5b7ea8">training loss, nats per token</text>')
    out.append(f'<text x="{right}" y="{TOP + 38}" fill="#c2410c">validation loss: {validation[-1][1]:.3f} at the end</text>')
    out.append("</svg>")
    print("\n".join(out))


main(sys.argv[1], sys.argv[2])
