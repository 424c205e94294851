"""Starts a command by Open MPI on hosts that are network namespaces of this machine.

Usage, as root:
  python3 bench/namespaces.py [--cut HOST FILE] HOSTS RATE DELAY COMMAND...
for instance
  python3 bench/namespaces.py 3 1gbit 20ms ./fader train ...
  python3 bench/namespaces.py --cut 2 run/checkpoints/step-00000010 3 1gbit 20ms ./fader train --out run ...

Each host has a link of its own, of RATE in each direction, and a message is DELAY on the way to
another host. One rank is started on each, without ssh. The links are TUN devices, and this program
is the switch that they end in: it holds packets back, so that no queueing discipline of the kernel
is needed (netem is often not there). Everything is taken down at the end. The exit code is that of
the command.

With --cut, the link of HOST (1, 2 ...) is taken down once FILE is there, and stays down.

At the end it says on the standard error how many bytes each host sent, and after a cut how long
the command ran on, and how many ranks are left of it, and after how long none.
"""

import fcntl
import heapq
import os
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time

TUNSETIFF = 0x400454CA
TUN_WITHOUT_HEADER = 0x0001 | 0x1000
MTU = 9000
LONGEST_END = 60  # seconds
SUBNET = "10.77.0"
AGENT = """#!/bin/sh
# What Open MPI calls in the place of ssh: HOST COMMAND...
host=$1
shift
exec ip netns exec "fader-${host##*.}" unshare --uts sh -c 'hostname "$0"; exec sh -c "$1"' "host${host##*.}" "$*"
"""


def number(text, units, what):
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(%s)" % "|".join(units), text)
    if not found:
        sys.exit(f"'{text}' is no {what}: write a number and one of {', '.join(units)}")
    return float(found.group(1)) * units[found.group(2)]


def run(*command):
    subprocess.run(command, check=True)


def command_of(pid):
    try:
        with open(f"/proc/{int(pid)}/cmdline", encoding="utf-8") as file:
            return file.read().split("\0")[0]
    except OSError:
        return ""


class Network:
    """Namespaces with one TUN device each, and the packets between them."""

    def __init__(self, hosts, bytes_per_second, delay, cut):
        self.rate = bytes_per_second
        self.delay = delay
        self.cut = cut  # host and file, or nothing
        self.cut_at = 0.0
        self.names = [f"fader-{i + 1}" for i in range(hosts)]
        self.files = []
        self.sending = [0.0] * hosts  # until when the link to the switch is busy
        self.receiving = [0.0] * hosts
        self.sent = [0] * hosts
        self.under_way = []  # (when it arrives, order, host, packet)
        self.order = 0

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def begin(self):
        for i, name in enumerate(self.names):
            run("ip", "netns", "add", name)
            file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            self.files.append(file)
            device = f"fader{i + 1}"
            fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", device.encode(), TUN_WITHOUT_HEADER))
            run("ip", "link", "set", device, "netns", name)
            within = ["ip", "-n", name]
            run(*within, "address", "add", f"{SUBNET}.{i + 1}/24", "dev", device)
            run(*within, "link", "set", device, "mtu", str(MTU), "txqueuelen", "10000", "up")
            run(*within, "link", "set", "lo", "up")

    def __exit__(self, *_):
        for file in self.files:
            os.close(file)
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)

    def take(self, host):
        """Takes what a host sends, and reckons when it arrives."""
        for _ in range(64):
            try:
                packet = os.read(self.files[host], 65536)
            except BlockingIOError:
                return
            if packet[0] >> 4 != 4 or packet[16:19] != bytes((10, 77, 0)):
                continue
            to = packet[19] - 1
            if not 0 <= to < len(self.files):
                continue
            seconds = len(packet) / self.rate
            self.sent[host] += len(packet)
            self.sending[host] = max(time.monotonic(), self.sending[host]) + seconds
            # It flows through the switch while it is sent.
            free = max(self.sending[host] - seconds + self.delay, self.receiving[to])
            self.receiving[to] = free + seconds
            self.order += 1
            heapq.heappush(self.under_way, (self.receiving[to], self.order, to, packet))

    def deliver(self):
        now = time.monotonic()
        while self.under_way and self.under_way[0][0] <= now:
            _, _, to, packet = heapq.heappop(self.under_way)
            try:
                os.write(self.files[to], packet)
            except OSError:
                pass  # lost, as in any network

    def cut_off(self):
        host, file = self.cut
        if not self.cut_at and os.path.exists(file):
            run("ip", "-n", self.names[host - 1], "link", "set", f"fader{host}", "down")
            self.cut_at = time.monotonic()

    def ranks(self):
        """The hosts of the processes of Java that are there, one for each."""
        hosts = []
        for name in self.names:
            found = subprocess.run(["ip", "netns", "pids", name], capture_output=True, check=True)
            hosts += [name for pid in found.stdout.split() if command_of(pid).endswith("java")]
        return hosts

    def tell_of_cut(self):
        """How long what was cut off has kept others and itself running."""
        ended = time.monotonic()
        first = left = self.ranks()
        while left and time.monotonic() < ended + LONGEST_END:
            self.switch()
            left = self.ranks()
        print(
            f"{ended - self.cut_at:.1f} s after the cut the command had ended, with ranks left on"
            f" {', '.join(first) or 'no host'}; {time.monotonic() - self.cut_at:.1f} s after it on"
            f" {', '.join(left) or 'no host'}",
            file=sys.stderr,
        )

    def switch(self):
        """Moves the packets that are there, or come soon."""
        wait = 0.05
        if self.under_way:
            wait = min(wait, max(0.0, self.under_way[0][0] - time.monotonic()))
        ready, _, _ = select.select(self.files, [], [], wait)
        for file in ready:
            self.take(self.files.index(file))
        self.deliver()

    def switch_while(self, process):
        """Moves packets until the process has ended."""
        while process.poll() is None:
            self.switch()
            if self.cut:
                self.cut_off()
        return process.returncode


def main():
    cut = None
    if sys.argv[1:2] == ["--cut"] and len(sys.argv) > 4:
        cut = int(sys.argv[2]), sys.argv[3]
        del sys.argv[1:4]
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    hosts = int(sys.argv[1])
    rate = number(sys.argv[2], {"mbit": 1e6, "gbit": 1e9}, "rate") / 8
    delay = number(sys.argv[3], {"us": 1e-6, "ms": 1e-3}, "delay")
    if cut and not 1 <= cut[0] <= hosts:
        sys.exit(f"--cut {cut[0]}: the hosts are 1 to {hosts}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is taken down
    with tempfile.TemporaryDirectory() as folder, Network(hosts, rate, delay, cut) as network:
        agent = os.path.join(folder, "agent")
        with open(agent, "w", encoding="utf-8") as file:
            file.write(AGENT)
        os.chmod(agent, 0o755)
        addresses = [f"{SUBNET}.{i + 1}" for i in range(hosts)]
        mpirun = ["mpirun.openmpi", "--allow-run-as-root", "--oversubscribe"]
        mpirun += ["--host", ",".join(addresses), "--mca", "plm_rsh_agent", agent]
        mpirun += ["--mca", "plm_rsh_no_tree_spawn", "1", "--mca", "pml", "ob1"]
        mpirun += ["--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", f"{SUBNET}.0/24"]
        mpirun += ["--mca", "oob_tcp_if_include", f"{SUBNET}.0/24"]
        mpirun += ["--mca", "mpi_yield_when_idle", "1"]
        # A machine that is gone is noticed 20 to 22 s later, and not after the quarter of an hour of TCP.
        mpirun += ["--mca", "oob_tcp_keepalive_time", "2", "--mca", "oob_tcp_keepalive_intvl", "2"]
        mpirun += ["--mca", "oob_tcp_keepalive_probes", "10"]
        # A host that is none of the others, so that all are started in the same way.
        first = ["ip", "netns", "exec", network.names[0], "unshare", "--uts", "sh", "-c"]
        first += ['hostname host1; exec "$@"', "sh"]
        with subprocess.Popen(first + mpirun + sys.argv[4:]) as process:
            try:
                code = network.switch_while(process)
            except BaseException:
                process.terminate()
                network.switch_while(process)
                raise
        if network.cut_at:
            network.tell_of_cut()
        elif cut:
            print(f"--cut: {cut[1]} never came, and nothing was cut off", file=sys.stderr)
            code = code or 1
        sent = ", ".join(f"{n:,}" for n in network.sent)
        print(f"bytes sent by each host, with headers: {sent}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
