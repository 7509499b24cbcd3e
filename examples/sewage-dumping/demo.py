#!/usr/bin/python3
"""The sewage-dumping application on two simulated cameras, live: `./dev demo [--once]`.

Plays two generated street clips as RTSP cameras, starts an edge hub and an edge node, applies the
application to the node and prints each alert when the hub has committed it; at the end, how the
alerts compare with what was staged. On the way the hub is killed for 10 s across an event, and the
node once between two events. In a terminal, and without --once, hub and node then serve until
Ctrl-C. The exit code is 0 if every staged event had exactly one right alert and there was no other.
"""

import argparse
import os
import pathlib
import shutil
import sys
import time

from live import NS, ROOT, Failure, Live, demo_clips, judge, percentile

REFRESH_S = 0.1
LOOK_S = 1.0  # between two looks whether hub and node still run
OUTAGE_S = 10.0  # of the hub
OUTAGE_BEFORE_S = 3.0  # it begins so long before the event it goes across
NODE_DOWN_S = 1.0
IN_WORDS = {
    "passing": "somebody walks past the drain",
    "standing": "somebody stands at the drain",
    "sweeping": "somebody sweeps",
    "playing": "children play",
    "dumping": "somebody dumps a bucket into the drain",
}


def milliseconds(ns):
    return "-" if ns is None else f"{ns / 1e6:.0f} ms"


def clock(seconds):
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"


def relative(path):
    return os.path.relpath(path, ROOT)


class Screen:
    """Prints lines, and in a terminal below them one status line that is overwritten."""

    def __init__(self, terminal):
        self.terminal = terminal
        self._status = ""

    def line(self, text):
        self._erase()
        print(text, flush=True)
        self._draw()

    def status(self, text):
        text = text[:shutil.get_terminal_size().columns - 1]
        if self.terminal and text != self._status:
            self._erase()
            self._status = text
            self._draw()

    def _erase(self):
        if self.terminal and self._status:
            print("\r\033[K", end="")

    def _draw(self):
        if self.terminal and self._status:
            print(self._status, end="", flush=True)


class Stage:
    """Tells what is staged now."""

    def __init__(self, scenario, screen):
        self._scenario = scenario
        self._acts = scenario.acts()
        self._screen = screen

    def tell(self, elapsed):
        while self._acts and self._acts[0][0] <= elapsed:
            start, _, camera, kind = self._acts.pop(0)
            if kind == "dumping" or (kind != "passing" and not self._screen.terminal):
                self._screen.line(f"{clock(start)} {camera}: {IN_WORDS.get(kind, kind)}")
        now = [f"{camera}: {IN_WORDS.get(kind, kind)}"
               for start, end, camera, kind in self._scenario.acts() if start <= elapsed < end]
        total = clock(self._scenario.seconds)
        self._screen.status(f"{clock(elapsed)} of {total}  {'; '.join(now) or 'an empty street'}")


class Faults:
    """Kills the hub across an event and the node between two, and starts them again."""

    def __init__(self, scenario, run, screen):
        outage, restart = fault_times(scenario)
        self._run, self._screen = run, screen
        self._due = sorted([
            (outage, "the hub is killed", run.hub.kill),
            (outage + OUTAGE_S, "the hub is started again", run.hub.start),
            (restart, "the node is killed", run.kill_node),
            (restart + NODE_DOWN_S, "the node is started again", run.node.start),
        ], key=lambda fault: fault[0])

    def strike(self, elapsed):
        while self._due and self._due[0][0] <= elapsed:
            at, words, strike = self._due.pop(0)
            self._screen.line(f"{clock(at)} {words}")
            strike()

    def all_struck(self):
        return not self._due


def fault_times(scenario):
    """When the hub is killed and when the node, in seconds: the hub before the second event, the
    node in the longest time without an event that the hub's outage leaves."""
    spans = sorted((start, end) for _, start, end in scenario.events)
    outage = spans[1][0] - OUTAGE_BEFORE_S
    quiet = [(after - before, (after + before) / 2)
             for (_, before), (after, _) in zip(spans, spans[1:])
             if after < outage or before > outage + OUTAGE_S]
    return outage, max(quiet)[1]


def show_alert(screen, alert, run):
    at = (alert.captured_ns - run.first_frame_ns[alert.device]) / NS
    screen.line(f"{clock(at)} ALERT {alert.device}: {alert.title}, committed "
                f"{milliseconds(alert.latency_ns)} after its frame was released; "
                f"picture {alert.picture}")


def summary(verdict, alerts, dropped):
    latencies = [alert.latency_ns for alert in alerts]
    lines = ["", f"events staged {verdict.staged}, right {len(verdict.right)}, "
                 f"wrong {len(verdict.wrong)}, missed {len(verdict.missed)}",
             f"frame released to the hub's commit: p50 {milliseconds(percentile(latencies, 50))}, "
             f"p95 {milliseconds(percentile(latencies, 95))} (one event waited for the hub)",
             f"frames dropped: {dropped}"]
    lines += [f"missed: {camera}, {clock(start)} to {clock(end)}"
              for camera, start, end in verdict.missed]
    lines += [f"wrong: {alert.device}, {alert.picture}" for alert in verdict.wrong]
    return "\n".join(lines)


def serve(run, screen):
    screen.line(f"hub and node go on; alerts and pictures are at {run.hub.url}/ until Ctrl-C")
    try:
        while True:
            run.check_daemons()
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        screen.line("\nstopping")
    run.stop_daemons()


def play(options, screen):
    scenario = demo_clips(options.out / "clips", screen.line)
    with Live(scenario, options.binaries, options.out / "run") as run:
        screen.line(f"hub {run.hub.url}/ and node {run.node.url} are ready")
        run.begin()
        screen.line(f"{len(scenario.truth)} cameras live, {len(scenario.events)} dumpings staged "
                    f"in {clock(scenario.seconds)}")
        stage, faults = Stage(scenario, screen), Faults(scenario, run, screen)
        while not (faults.all_struck() and run.over()):
            elapsed = min(run.elapsed_s, scenario.seconds)
            stage.tell(elapsed)
            faults.strike(elapsed)
            for alert in run.new_alerts():
                show_alert(screen, alert, run)
            time.sleep(REFRESH_S)
        screen.status("")
        known = len(run.alerts)
        dropped = run.finish()
        for alert in run.alerts[known:]:
            show_alert(screen, alert, run)
        verdict = judge(scenario, run.first_frame_ns, run.alerts)
        screen.line(summary(verdict, run.alerts, dropped))
        if screen.terminal and not options.once:
            serve(run, screen)
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true",
                        help="end after the summary, in a terminal, too")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "demo",
                        help="where clips, pictures, log and metrics go (build/demo)")
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "build" / "release" / "bin")
    options = parser.parse_args()
    screen = Screen(sys.stdout.isatty())
    try:
        verdict = play(options, screen)
    except Failure as failure:
        screen.status("")
        sys.exit(f"demo: {failure}")
    except KeyboardInterrupt:
        screen.status("")
        sys.exit(130)  # as a shell reports SIGINT
    if not verdict.perfect:
        sys.exit(1)


if __name__ == "__main__":
    main()
