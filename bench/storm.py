#!/usr/bin/env python3
"""Storms a server of Fader, which must run on this machine: many clients at once, some of which leave.

  bench/storm.py http://127.0.0.1:8080 --pid PID --requests 1000 --together 1000 --leaving 0.1
  bench/storm.py http://127.0.0.1:8080 --pid PID --minutes 10 --together 12          # a soak

Every request has a prompt and a seed of its own. Prints how many were done, refused (429) and left, anything else that
happened, which is a failure, the memory, threads and open files of the process, and whether the texts are those that the same
requests get alone. Needs nothing but Python 3.9.
"""
import argparse
import asyncio
import json
import random
import sys
import time
import urllib.parse


async def ask(address, request, leave_after=None):
    """The status, and the text where it came whole."""
    host, port = address.hostname, address.port
    reader, writer = await asyncio.open_connection(host, port)
    try:
        body = json.dumps(request).encode()
        head = (
            f"POST /v1/completions HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        status = int((await reader.readline()).split()[1])
        while (await reader.readline()).strip():
            pass
        if status != 200:
            return status, None
        text, done, events = "", False, 0
        while line := await reader.readline():
            line = line.strip()
            if not line.startswith(b"data: "):
                continue
            if line == b"data: [DONE]":
                done = True
                break
            event = json.loads(line[6:])
            if "error" in event:
                return "error in a stream: " + event["error"]["message"], None
            text += event["choices"][0]["text"] if event["choices"] else ""
            events += 1
            if leave_after is not None and events >= leave_after:
                return "left", None
        return (200, text) if done else ("cut off", None)
    finally:
        writer.close()


def request(number, tokens):
    words = random.Random(number)
    prompt = " ".join(words.choice(["Once", "the", "cat", "sat", "and", "a", "dog", "saw"]) for _ in range(words.randint(1, 60)))
    return {"prompt": prompt, "max_tokens": tokens, "seed": number, "temperature": 0.8, "stream": True}


def process(pid):
    """Resident MB, threads and open files."""
    import os

    fields = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
    return (
        int(fields["VmRSS"].split()[0]) // 1024,
        int(fields["Threads"]),
        len(os.listdir(f"/proc/{pid}/fd")),
    )


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", type=urllib.parse.urlsplit)
    parser.add_argument("--pid", type=int, required=True)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--together", type=int, default=1000)
    parser.add_argument("--leaving", type=float, default=0.1)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--alone", type=int, default=50, help="texts that are compared")
    options = parser.parse_args()

    counts, texts, numbers = {}, {}, iter(range(1, 1 << 40))
    end = time.monotonic() + 60 * options.minutes if options.minutes else None

    async def client():
        for number in numbers:
            if (end is None and number > options.requests) or (end and time.monotonic() > end):
                return
            leaves = random.Random(-number).random() < options.leaving
            try:
                status, text = await ask(options.address, request(number, options.tokens), 3 if leaves else None)
            except (OSError, ValueError, IndexError) as broken:
                status, text = repr(broken), None
            counts[status] = counts.get(status, 0) + 1
            if status == 429:
                await asyncio.sleep(0.2)
            if text is not None and len(texts) < options.alone:
                texts[number] = text

    async def watch():
        while True:
            memory, threads, files = process(options.pid)
            done = sum(counts.values())
            print(f"{time.monotonic() - began:7.1f} s  {done:7d} answers  {memory:6d} MB  {threads:4d} threads  {files:4d} files", flush=True)
            await asyncio.sleep(max(2, 6 * options.minutes))

    await ask(options.address, request(0, 1))  # opens the model
    began = time.monotonic()
    watcher = asyncio.create_task(watch())
    await asyncio.gather(*(client() for _ in range(options.together)))
    watcher.cancel()
    await asyncio.sleep(2)
    print("after it: %d MB, %d threads, %d files" % process(options.pid))
    differing = 0
    for number, text in texts.items():
        status, alone = await ask(options.address, request(number, options.tokens))
        differing += alone != text
    print("answers:", counts)
    print(f"{len(texts)} texts compared with those alone, {differing} differ")
    sys.exit(0 if differing == 0 and set(counts) <= {200, 429, "left"} else 1)


asyncio.run(main())
