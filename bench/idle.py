#!/usr/bin/python3
"""What an idle daemon costs: `./dev bench idle [--json] [--rounds N]`.

Starts weir-hub (with its broker) and weir-node, linked and with nothing to run, lets them settle
and reads their memory (proc(5), smaps_rollup): private memory is what only this process has and
has written, so that no other may use it and it cannot be read again from a file; RSS is all that is
in memory, programs and libraries included. The broker is a child of its own and not counted.
`ready` is the time from the start of the program until /healthz answers. The node is measured built
with and without media; the second build is made in build/release-sensors.
"""

import argparse
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sim"))

from daemons import Hub, Node, poll  # noqa: E402

SETTLE_S = 5.0
LINKED_S = 20.0  # at most, until node and hub are linked
FIGURES = (("private memory", "MB"), ("RSS", "MB"), ("ready", "ms"))
GOALS = {  # (what, with media) → goal
    ("private memory", True): "<= 12", ("RSS", True): "<= 45",
    ("private memory", False): "<= 12", ("RSS", False): "<= 20",
    ("ready", True): "< 300", ("ready", False): "< 300",
}


def memory_mb(pid):
    """(private, resident) in MB of 10^6 bytes."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    kib = {name: int(value) for name, value in re.findall(r"^(\w+): +(\d+) kB", text, re.M)}
    return kib["Private_Dirty"] * 1024 / 1e6, kib["Rss"] * 1024 / 1e6


def started(held, daemon):
    """Milliseconds until it is ready."""
    held.callback(daemon.kill)
    begun = time.perf_counter()
    daemon.start()
    return (time.perf_counter() - begun) * 1e3


def measure(hub_binaries, node_binaries):
    """One round: {"hub": (private, rss, ready), "node": …}."""
    with tempfile.TemporaryDirectory(prefix="weir-idle-") as scratch, \
            contextlib.ExitStack() as held:
        folder = pathlib.Path(scratch)
        hub = Hub(hub_binaries, folder / "hub")
        hub_ready_ms = started(held, hub)
        node = Node(node_binaries, folder / "node", "idle", hub, hub.add_node("idle"))
        node_ready_ms = started(held, node)
        if not poll(lambda: node.status()["uplink"]["connected"], LINKED_S):
            sys.exit(f"the node is not linked to its hub\n{node.tail()}")
        time.sleep(SETTLE_S)
        return {"hub": (*memory_mb(hub.pid), hub_ready_ms),
                "node": (*memory_mb(node.pid), node_ready_ms)}


def sensors_build():
    """The folder of a weir-node without media."""
    folder = ROOT / "build" / "release-sensors"
    for command in (["cmake", "--preset", "release", "-B", folder, "-DWEIR_MEDIA=OFF"],
                    ["ninja", "-C", folder, "weir-node"]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        if done.returncode != 0:
            sys.exit(done.stdout)
    return folder / "bin"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, too")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    whole = ROOT / "build" / "release" / "bin"
    binaries = {True: whole, False: sensors_build()}
    os.sync()  # pages of a program that was just built count as written until they are on the disk
    rounds = [{media: measure(whole, folder) for media, folder in binaries.items()}
              for _ in range(options.rounds)]
    figures = []
    for media in (True, False):
        for place, (what, unit) in enumerate(FIGURES):
            figures.append(report.figure(
                f"node {'with' if media else 'without'} media, {what}",
                [each[media]["node"][place] for each in rounds], unit, GOALS[what, media]))
    for place, (what, unit) in enumerate(FIGURES):
        values = [each[True]["hub"][place] for each in rounds]
        figures.append(report.figure(f"hub, {what}", values, unit))
    report.show("idle", figures, options.json)


if __name__ == "__main__":
    main()
