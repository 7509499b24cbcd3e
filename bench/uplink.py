#!/usr/bin/python3
"""What the link carries: `./dev bench uplink [--json] [--rounds N]`.

A real hub with its broker, and a node's uplink without the node (bench/link/appender.cc). Measured
are, to the hub's commit (synced):

- results a second, appended one by one as fast as it goes, and the CPU time they cost in all
  processes; against a plain publisher and a plain subscriber that inserts, over a broker of the
  same kind (bench/link/plain_link.cc), rounds interleaved;
- bytes a result on the wire, both ways, MQTT and TCP's payload, counted by a proxy;
- alerts a second, each with a picture;
- a backlog of a million results that grew while the hub was away: the rate at which it drains, and
  the time from append to commit of live alerts with pictures meanwhile.
"""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import sys

import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sim"))

from child import Child, children  # noqa: E402
from daemons import Feed, Hub, free_port, poll  # noqa: E402
from proxy import Proxy  # noqa: E402

MOSQUITTO = "/usr/sbin/mosquitto"
NODE = "uplink"
RESULTS = 100_000  # a round
WIRE_RESULTS = 20_000
WIRE_PER_S = 1_000
PICTURES = 1_000
PICTURE_BYTES = 20_000
PICTURES_PER_S = 50
BACKLOG = 1_000_000
LIVE_ALERTS_PER_S = 5
ALERTS_MIN = 20  # while the backlog drains: a percentile of fewer says nothing
READY_S, RUN_S = 20, 180
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Site:
    """A hub, and how to run an uplink to it."""

    def __init__(self, binaries, folder):
        shutil.rmtree(folder, ignore_errors=True)
        self.folder = folder
        self._binaries = binaries
        self.hub = Hub(binaries, folder / "hub")
        self.hub.start()
        self.token = self.hub.add_node(NODE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hub.kill()

    def uplink(self, *options, mqtt_port=None):
        return Child([self._binaries / "appender", "--folder", self.folder / "uplink",
                      "--node", NODE, "--token", self.token, "--hub", self.hub.url,
                      "--mqtt-port", mqtt_port or self.hub.broker_port, *options])

    def cpu_s(self):
        """Of the hub and its broker, so far."""
        return sum(cpu_s(pid) for pid in (self.hub.pid, *children(self.hub.pid)))


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S  # utime, stime: proc(5)


def lines(child):
    return [json.loads(line) for line in child.stdout]


def finish(child):
    """What it said, once all is committed."""
    if child.wait(RUN_S) != 0:
        sys.exit(f"{child.argv[0]} failed\n{child.tail()}")
    return lines(child)


def rate(said, key, count):
    """A second, from the first line to the one that says that all `count` are there."""
    begun = said[0]
    ended = next(line for line in said if line[key] >= count)
    return (count - begun[key]) / (ended["at"] - begun["at"])


def results_round(site):
    """(appended a second, committed a second, CPU µs a result in all processes)."""
    before = site.cpu_s()
    said = finish(site.uplink("--class", "result", "--count", RESULTS))
    spent = site.cpu_s() - before + said[-1]["cpu"]
    if said[-1]["dropped"] or said[-1]["refused"]:
        sys.exit(f"records were dropped or refused: {said[-1]}")
    return rate(said, "appended", RESULTS), rate(said, "committed", RESULTS), spent / RESULTS * 1e6


def plain_round(binaries, folder):
    """(committed a second, CPU µs a result) of the plain programs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port = free_port()
    program = binaries / "plain_link"
    with Child([MOSQUITTO, "-p", port]) as broker:
        broker.wait_for(broker.stderr, lambda line: "running" in line, READY_S, what="the broker")
        with Child([program, "keep", "--port", port, "--database", folder / "plain.db"]) as keeper:
            keeper.wait_for(keeper.stdout, lambda line: line == "ready", READY_S, what="ready")
            before = cpu_s(broker.pid) + cpu_s(keeper.pid)
            sent = finish(Child([program, "send", "--port", port, "--count", RESULTS]))[-1]
            spent = cpu_s(broker.pid) + cpu_s(keeper.pid) - before + sent["cpu"]
    return RESULTS / sent["seconds"], spent / RESULTS * 1e6


def wire_bytes(site, *options):
    """Bytes a result on the wire, up and down."""
    proxy = Proxy(site.hub.broker_port)
    try:
        finish(site.uplink("--class", "result", "--count", WIRE_RESULTS, *options,
                           mqtt_port=proxy.port))
        return proxy.bytes_up / WIRE_RESULTS, proxy.bytes_down / WIRE_RESULTS
    finally:
        proxy.close()


def pictures_round(site):
    """Alerts with a picture, committed a second, as fast as they are appended."""
    said = finish(site.uplink("--count", PICTURES, "--picture-every", 1,
                              "--picture-bytes", PICTURE_BYTES))
    return rate(said, "committed", PICTURES)


def paced_pictures(site):
    """(alerts committed a second, the most that waited), where PICTURES_PER_S are asked for."""
    said = finish(site.uplink("--count", 10 * PICTURES_PER_S, "--picture-every", 1,
                              "--per-second", PICTURES_PER_S, "--picture-bytes", PICTURE_BYTES))
    waiting = max(line["backlog"] for line in said if line["connected"])
    return rate(said, "committed", 10 * PICTURES_PER_S), waiting


def backlog_round(site):
    """(appended a second without a hub, drained a second, latencies of live alerts in s)."""
    site.hub.kill()
    uplink = site.uplink("--class", "result", "--count", BACKLOG,
                         "--alerts-per-second", LIVE_ALERTS_PER_S,
                         "--picture-bytes", PICTURE_BYTES)
    uplink.wait_for(uplink.stdout, lambda line: json.loads(line)["appended"] == BACKLOG, RUN_S,
                    what="the backlog")
    site.hub.start()
    feed = Feed(site.hub.port, "/api/v1/alerts/live")
    if not poll(lambda: feed.opened == 1, READY_S):
        sys.exit("the hub's feed does not open")
    said = finish(uplink)
    feed.stop()
    if said[-1]["dropped"] or said[-1]["refused"]:
        sys.exit(f"records were dropped or refused: {said[-1]}")
    drain = [line for line in said if line["committed"] > 0 or line["connected"]]
    latencies = [latency_s(json.loads(text)) for _, text in feed.texts]
    if len(latencies) < ALERTS_MIN:
        sys.exit(f"only {len(latencies)} live alerts, expected {ALERTS_MIN}")
    return rate(said, "appended", BACKLOG), rate(drain, "committed", BACKLOG), latencies


def latency_s(alert):
    return (time_s(alert["committed"]) - time_s(alert["time"]))


def time_s(text):
    """Of RFC 3339 with up to nine decimals, of which datetime takes six."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    second = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return second.timestamp() + float(f"0.{fraction or 0}")


def percentile(values, share):
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def measure(options):
    work = options.work
    ours, plain = [], []
    with Site(options.binaries, work / "results") as site:
        for _ in range(options.rounds):
            ours.append(results_round(site))
            plain.append(plain_round(options.binaries, work / "plain"))
    with Site(options.binaries, work / "wire") as site:
        live = wire_bytes(site, "--per-second", WIRE_PER_S)
        full = wire_bytes(site, "--batch", WIRE_RESULTS)
    with Site(options.binaries, work / "pictures") as site:
        pictures = [pictures_round(site) for _ in range(options.rounds)]
        paced, waiting = paced_pictures(site)
    with Site(options.binaries, work / "backlog") as site:
        appended, drained, latencies = backlog_round(site)
    return [
        report.figure("results appended, one by one", [r[0] for r in ours], "/s"),
        report.figure("results to the hub's commit", [r[1] for r in ours], "/s"),
        report.figure("… against the plain link", [a[1] / b[0] for a, b in zip(ours, plain)],
                      "ratio"),
        report.figure("CPU time a result, all processes", [r[2] for r in ours], "µs"),
        report.figure("… against the plain link", [a[2] / b[1] for a, b in zip(ours, plain)],
                      "ratio"),
        report.figure(f"bytes a result up, {WIRE_PER_S} a second", [live[0]], "B"),
        report.figure(f"bytes a result down, {WIRE_PER_S} a second", [live[1]], "B"),
        report.figure("bytes a result up, in full batches", [full[0]], "B"),
        report.figure("bytes a result down, in full batches", [full[1]], "B"),
        report.figure("alerts with a picture to the hub's commit", pictures, "/s", ">= 50"),
        report.figure(f"… where {PICTURES_PER_S} a second are asked for", [paced], "/s"),
        report.figure("… and wait at most", [waiting], "", f"<= {PICTURES_PER_S}"),
        report.figure("backlog appended, no hub", [appended], "/s"),
        report.figure(f"backlog of {BACKLOG:,} drained", [drained], "/s"),
        report.figure("live alerts meanwhile, p50", [percentile(latencies, 50) * 1e3], "ms"),
        report.figure("live alerts meanwhile, p95", [percentile(latencies, 95) * 1e3], "ms",
                      "< 1000"),
        report.figure("live alerts meanwhile, slowest", [max(latencies) * 1e3], "ms"),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, too")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/bench/uplink")
    options = parser.parse_args()
    report.show("uplink", measure(options), options.json)


if __name__ == "__main__":
    main()
