#!/usr/bin/python3
"""Whether a record is ever lost or doubled between node and hub: `./dev bench matrix`.

Runs a real hub with its broker and an uplink that appends alerts, every fourth with a picture, all
the time, under a wall clock that jumps. Each round strikes one fault, drawn from a seed, at a
random moment, mends it, and waits until what had piled up is committed:

    kill-node, kill-hub, kill-broker   SIGKILL
    cut                                the network is gone, then there again
    http-500, http-close               the hub's HTTP answers 500, or closes amid an upload
    full-node, full-hub                the disk is full (a tmpfs that is filled; needs root)
    cut-log, cut-wal                   SIGKILL of node or hub, and the end of the log's newest
                                       segment, or of the database's WAL, is cut off at any byte

At the end every append that returned must be at the hub, once, with its picture byte for byte. Each
append is written down when it returned, so the journal is the measure, not what the uplink says.
What a cut took from the one disk that had it may be missing, and nothing else: the files are read
before and after the cut to know which records those are.
"""

import argparse
import collections
import contextlib
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sim"))

from child import Child, children  # noqa: E402
from daemons import Hub  # noqa: E402
from proxy import Proxy  # noqa: E402

NODE = "matrix"
APPENDS_PER_S = 40
PICTURE_EVERY = 4
PICTURE_BYTES = 4000
LEAD_S, HOLD_S = 0.15, 0.3  # at most, before a fault and until it is mended
RECOVERY_S = 120.0  # at most, until what piled up is committed
DRAIN_S = 120.0
SETTLED = 10  # records that wait when all goes well
DISK_BYTES = 768 << 20
CUT_BYTES = 32 << 10  # at most, off the end of a file
DATABASE = "hub.db"


class Disks:
    """Two file systems of our own, where we may have them; else folders."""

    def __init__(self, folder):
        self.folders = {side: folder / side for side in ("node", "hub")}
        self.mounted = []
        for side, path in self.folders.items():
            path.mkdir(parents=True)
            mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "weir", path]
            done = subprocess.run(mount, capture_output=True)
            if done.returncode == 0:
                self.mounted.append(side)

    def fill(self, side):
        path = self.folders[side]
        free = shutil.disk_usage(path).free
        with open(path / "filler", "wb") as filler:
            try:
                os.posix_fallocate(filler.fileno(), 0, max(1, free))
            except OSError:
                pass

    def empty(self, side):
        (self.folders[side] / "filler").unlink(missing_ok=True)

    def close(self):
        for side in self.mounted:
            subprocess.run(["umount", "-l", self.folders[side]], check=False)


def alerts_of_log(folder):
    """The ids in an uplink's log of alerts, after docs/formats/log.md and uplink.md."""
    found = set()
    for segment in folder.glob("alert/*.log"):
        bytes_, at = segment.read_bytes(), 36
        while bytes_[at:at + 4] == b"WBLK":
            size = int.from_bytes(bytes_[at + 4:at + 8], "little")
            body = bytes_[at + 28:at + 28 + size]
            if len(body) == size:
                found |= {name[:length[0]].decode()
                          for length, name in re.findall(rb"\x01([\x08-\x7f])(feed-[\d/]+)", body)}
            at += 28 + size
    return found


def alerts_of_database(path):
    """The ids in a hub's database that is not open; None if it is damaged. A copy is read."""
    with tempfile.TemporaryDirectory() as scratch:
        for file in (path, path.with_name(f"{path.name}-wal")):
            if file.exists():
                shutil.copy(file, scratch)
        with contextlib.closing(sqlite3.connect(pathlib.Path(scratch) / path.name)) as database:
            try:
                if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                    return None
                return {name for name, in database.execute("SELECT id FROM alert")}
            except sqlite3.DatabaseError:
                return None


def end_of_wal(path):
    """Where the frames end that count: after them may lie some of before the last checkpoint.

    https://www.sqlite.org/fileformat2.html#walformat
    """
    with open(path, "rb") as wal:
        header = wal.read(32)
        frame_bytes = 24 + int.from_bytes(header[8:12], "big")
        end = len(header)
        while (frame := wal.read(frame_bytes)) and frame[8:16] == header[16:24]:
            end += len(frame)
        return end


class Uplink:
    """The appender, which may be killed and started again."""

    def __init__(self, program, folder, journal, token, ports, seed):
        self._command = [program, "--folder", folder / "uplink", "--node", NODE, "--token", token,
                         "--hub", f"http://127.0.0.1:{ports['http']}", "--mqtt-port", ports["mqtt"],
                         "--journal", journal, "--per-second", APPENDS_PER_S,
                         "--picture-every", PICTURE_EVERY, "--picture-bytes", PICTURE_BYTES,
                         "--jumps", seed]
        self._starts = 0
        self.child = None
        self.start()

    def start(self):
        self._starts += 1
        self.child = Child([*self._command, "--name", f"feed-{self._starts}"])

    def last(self):
        """The newest line it printed, or None."""
        lines = self.child.stdout
        return json.loads(lines[-1]) if lines else None

    def running_well(self):
        last = self.last()
        return last is not None and last["connected"] and last["backlog"] <= SETTLED

    def drain(self):
        self.child.send(15)
        return self.child.wait(DRAIN_S)


class Matrix:
    def __init__(self, options, folder):
        self.random = random.Random(options.seed)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.disks = Disks(folder)
        self.journal = folder / "journal"
        binaries = options.binaries
        self.hub = Hub(binaries, self.disks.folders["hub"])
        self.hub.start()
        token = self.hub.add_node(NODE)
        self.hub.stop()  # the node is in the main file, where no cut comes
        self.hub.start()
        self.http = Proxy(self.hub.port)
        self.mqtt = Proxy(self.hub.broker_port)
        self.uplink = Uplink(binaries / "appender", self.disks.folders["node"], self.journal,
                             token, {"http": self.http.port, "mqtt": self.mqtt.port},
                             options.seed)
        self.faults = ["kill-node", "kill-hub", "kill-broker", "cut", "http-500", "http-close"]
        self.faults += [f"full-{side}" for side in self.disks.mounted]
        self.faults += ["cut-log", "cut-wal"]
        self.recovery_s = collections.defaultdict(list)
        self.cut_away = set()  # ids that a cut took from the disk that had them

    def close(self):
        self.uplink.child.kill()
        self.hub.kill()
        self.http.close()
        self.mqtt.close()
        self.disks.close()

    def round(self):
        fault = self.random.choice(self.faults)
        time.sleep(self.random.uniform(0, LEAD_S))
        self.strike(fault)
        time.sleep(self.random.uniform(0, HOLD_S))
        self.mend(fault)
        begun, seen = time.monotonic(), len(self.uplink.child.stdout)
        while len(self.uplink.child.stdout) == seen or not self.uplink.running_well():
            if time.monotonic() - begun > RECOVERY_S:
                raise TimeoutError(f"no recovery from {fault}: {self.uplink.last()}\n"
                                   f"{self.uplink.child.tail()}\n{self.hub.tail()}")
            time.sleep(0.01)
        self.recovery_s[fault].append(time.monotonic() - begun)

    def strike(self, fault):
        if fault == "kill-node":
            self.uplink.child.kill()
        elif fault == "kill-hub":
            self.hub.kill()
        elif fault == "cut-log":
            self.uplink.child.kill()
            self.cut_log()
        elif fault == "cut-wal":
            self.hub.kill()
            self.cut_wal()
        elif fault == "kill-broker":
            for child in children(self.hub.pid):
                os.kill(child, 9)
        elif fault == "cut":
            self.http.set("cut")
            self.mqtt.set("cut")
        elif fault == "http-500":
            self.http.set("error")
        elif fault == "http-close":
            self.http.set("closing", self.random.randrange(PICTURE_BYTES + 500))
        else:
            self.disks.fill(fault.removeprefix("full-"))

    def cut_log(self):
        folder = self.disks.folders["node"] / "uplink"
        before = alerts_of_log(folder)
        segment = max(folder.glob("alert/*.log"))
        self.cut(segment, segment.stat().st_size)
        self.cut_away |= before - alerts_of_log(folder)

    def cut_wal(self):
        """A cut in what a checkpoint has brought to the main file would damage that: none then."""
        database = self.disks.folders["hub"] / "data" / DATABASE
        before = alerts_of_database(database)
        wal = database.with_name(f"{DATABASE}-wal")
        if not wal.exists() or wal.stat().st_size == 0:
            return
        whole = wal.read_bytes()
        self.cut(wal, end_of_wal(wal))
        after = alerts_of_database(database)
        if after is None:
            wal.write_bytes(whole)
        else:
            self.cut_away |= before - after

    def cut(self, path, end):
        os.truncate(path, end - self.random.randint(0, min(end, CUT_BYTES)))

    def mend(self, fault):
        if fault in ("kill-node", "cut-log"):
            self.uplink.start()
        elif fault in ("kill-hub", "cut-wal"):
            self.hub.start()
        elif fault.startswith("full-"):
            self.disks.empty(fault.removeprefix("full-"))
        elif fault != "kill-broker":  # the hub starts it again
            self.http.set("pass")
            self.mqtt.set("pass")

    def verdict(self):
        """(appended, lost, doubled, pictures wrong, seconds to drain), once all is drained."""
        begun = time.monotonic()
        if self.uplink.drain() != 0:
            raise TimeoutError(f"not drained: {self.uplink.last()}\n{self.uplink.child.tail()}")
        drain_s = time.monotonic() - begun
        at_hub = collections.Counter()
        pictures = {}
        for alert in self.hub.alerts():
            at_hub[alert["id"]] += 1
            pictures[alert["id"]] = (alert["number"], alert.get("picture", "-"))
        appended = [line.split() for line in self.journal.read_text().splitlines()]
        missing = {name for name, _ in appended if at_hub[name] == 0}
        lost = sorted(missing - self.cut_away)
        self.cut_away &= missing
        doubled = [name for name, count in at_hub.items() if count > 1]
        wrong = [name for name, digest in appended
                 if name in pictures and not self.picture_is(digest, *pictures[name])]
        return len(appended), lost, doubled, wrong, drain_s

    def picture_is(self, digest, number, told):
        if digest == "-":
            return told == "-"
        try:
            url = f"{self.hub.url}/api/v1/alerts/{number}/picture"
            with urllib.request.urlopen(url, timeout=10) as answer:
                return digest == told == "sha256:" + hashlib.sha256(answer.read()).hexdigest()
        except urllib.error.URLError:
            return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, too")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/bench/matrix")
    options = parser.parse_args()
    matrix = Matrix(options, options.work)
    try:
        for number in range(options.rounds):
            matrix.round()
            if number % 50 == 49:
                print(f"{number + 1} of {options.rounds} rounds", file=sys.stderr, flush=True)
        appended, lost, doubled, wrong, drain_s = matrix.verdict()
    finally:
        matrix.close()
    for fault in set(("full-node", "full-hub")) - set(matrix.faults):
        print(f"{fault} was left out: no tmpfs may be mounted here", file=sys.stderr)
    for name in (lost + doubled + wrong)[:20]:
        print(f"not as it should be: {name}", file=sys.stderr)
    figures = [report.figure("rounds", [options.rounds], ""),
               report.figure("records appended", [appended], ""),
               report.figure("lost", [len(lost)], "", "<= 0"),
               report.figure("cut away with the file's end", [len(matrix.cut_away)], ""),
               report.figure("doubled", [len(doubled)], "", "<= 0"),
               report.figure("pictures missing or wrong", [len(wrong)], "", "<= 0"),
               report.figure("time to drain at the end", [drain_s], "s")]
    figures += [report.figure(f"recovery from {fault}", spent, "s")
                for fault, spent in sorted(matrix.recovery_s.items())]
    report.show("matrix", figures, options.json)
    sys.exit(1 if lost or doubled or wrong else 0)


if __name__ == "__main__":
    main()
