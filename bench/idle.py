#!/usr/bin/python3
"""What an idle daemon costs: `./dev bench idle [--json] [--rounds N]`.

Starts weir-hub (with its broker) and weir-node, linked and with nothing to run, lets them settle
and reads their memory: private memory is what only this process has, RSS what of it is in memory,
shared libraries included (proc(5), smaps_rollup). The broker is a child of its own and not counted.
`ready` is the time from the start of the program until /healthz answers. The node is measured built
with and without media; the second build is made in build/release-sensors.
"""

import argparse
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sim"))

from child import Child  # noqa: E402

SETTLE_S = 5.0
READY_S = 20.0
STOP_S = 10.0
FIGURES = (("private memory", "MB"), ("RSS", "MB"), ("ready", "ms"))
GOALS = {  # (what, with media) → goal
    ("private memory", True): "<= 12", ("RSS", True): "<= 45",
    ("private memory", False): "<= 12", ("RSS", False): "<= 20",
    ("ready", True): "< 300", ("ready", False): "< 300",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_ready(url, child):
    """Seconds until the daemon answers, counted from the call."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < READY_S:
        try:
            with urllib.request.urlopen(url + "/healthz", timeout=1):
                return time.perf_counter() - begun
        except (urllib.error.URLError, OSError):
            if not child.running():
                sys.exit(f"{child.argv[0]} ended\n{child.tail()}")
            time.sleep(0.002)
    sys.exit(f"{url} does not answer within {READY_S:.0f} s\n{child.tail()}")


def memory_mb(pid):
    """(private, resident) in MB of 10^6 bytes."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    kib = {name: int(value) for name, value in re.findall(r"^(\w+): +(\d+) kB", text, re.M)}
    return ((kib["Private_Clean"] + kib["Private_Dirty"]) * 1024 / 1e6, kib["Rss"] * 1024 / 1e6)


def measure(hub_program, node_program):
    """One round: {"hub": (private, rss, ready), "node": …}."""
    with tempfile.TemporaryDirectory(prefix="weir-idle-") as scratch:
        folder = pathlib.Path(scratch)
        hub_port, node_port, broker_port = free_port(), free_port(), free_port()
        (folder / "hub.yaml").write_text(
            f"data: hub\nhttp: {{port: {hub_port}}}\nbroker: {{port: {broker_port}}}\n")
        hub_url = f"http://127.0.0.1:{hub_port}"
        with Child([hub_program, "--config", folder / "hub.yaml"]) as hub:
            hub_ready = wait_ready(hub_url, hub)
            added = subprocess.run([ROOT / "build/release/bin/weir", "node", "add", "idle",
                                    "--server", hub_url], check=True, capture_output=True,
                                   text=True).stdout
            token = re.search(r'token: "([^"]+)"', added)[1]
            (folder / "node.yaml").write_text(
                f"name: idle\ndata: node\nhttp: {{port: {node_port}}}\n"
                f"hub: {{url: '{hub_url}', broker: {{port: {broker_port}}}, token: '{token}'}}\n")
            with Child([node_program, "--config", folder / "node.yaml"]) as node:
                node_ready = wait_ready(f"http://127.0.0.1:{node_port}", node)
                time.sleep(SETTLE_S)
                found = {"hub": (*memory_mb(hub.pid), hub_ready * 1e3),
                         "node": (*memory_mb(node.pid), node_ready * 1e3)}
                node.stop(STOP_S)
            hub.stop(STOP_S)
    return found


def sensors_build():
    """weir-node without media."""
    folder = ROOT / "build" / "release-sensors"
    for command in (["cmake", "--preset", "release", "-B", folder, "-DWEIR_MEDIA=OFF"],
                    ["ninja", "-C", folder, "weir-node"]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        if done.returncode != 0:
            sys.exit(done.stdout)
    return folder / "bin" / "weir-node"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, too")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    hub = ROOT / "build/release/bin/weir-hub"
    programs = {True: ROOT / "build/release/bin/weir-node", False: sensors_build()}
    rounds = [{media: measure(hub, program) for media, program in programs.items()}
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
