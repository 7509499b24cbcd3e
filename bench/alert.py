#!/usr/bin/python3
"""Frame release to alert, live: `./dev bench alert [--json] [--rounds N]`.

Runs the sewage-dumping application on its two simulated cameras, with two changes: of the clips
only the time around each dumping is played, and the alert's gap is so small that every frame of a
dumping raises one. So each round gives some hundred alerts, enough for a 95th percentile; the way
of a frame is the same. Reported are, per round, the percentiles of the time from a frame's release
by the camera to the hub's commit (synced), of the pipeline's own share of it, which begins when the
RTSP client has the frame and ends when the node has the alert on its disk, and of the way from
there to the hub's commit.
"""

import argparse
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples" / "sewage-dumping"))

import live  # noqa: E402

BEFORE_S, AFTER_S = 2, 1  # played around each dumping; keyframes come once a second
GAP = "1ms"
GOALS = {  # ms, of the 95th percentile
    "frame to commit": "< 300", "pipeline share": "< 50", "node to commit": None}
ALERTS_MIN = 20  # in a round: a percentile of fewer says nothing
POLL_S = 0.2
FFMPEG_S = 60


def highlights(scenario, folder):
    """A scenario of the same cameras that plays only what is around the dumpings."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    truth = {}
    for name, camera in scenario.truth.items():
        parts, events, played = [], [], 0.0
        for number, event in enumerate(camera["events"]):
            begin = max(0, int(event["start"]) - BEFORE_S)
            length = int(event["end"]) + 1 + AFTER_S - begin
            part = folder / f"{name}-{number}.mp4"
            cut(scenario.folder / camera["clip"], begin, length, part)
            parts.append(part.name)
            events.append({"kind": "dumping", "start": played + event["start"] - begin,
                           "end": played + event["end"] - begin})
            played += length
        truth[name] = {"clip": ",".join(parts), "seconds": played, "events": events, "acts": []}
    (folder / "truth.json").write_text(json.dumps({"cameras": truth}))
    return live.Scenario.load(folder)


def cut(clip, begin_s, length_s, part):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", str(begin_s), "-i", str(clip),
                    "-t", str(length_s), "-c", "copy", str(part)],
                   check=True, timeout=FFMPEG_S, stdin=subprocess.DEVNULL)


def alerting_on_every_frame(app):
    text, count = re.subn(r"\bgap: *\w+", f"gap: {GAP}", app)
    if count != 1:
        raise live.Failure(f"expected one gap in {live.APP}, found {count}")
    return text


def play(scenario, binaries, folder):
    """One round: its alerts."""
    app = alerting_on_every_frame(live.APP.read_text())
    with live.Live(scenario, binaries, folder, app) as run:
        run.begin()
        while not run.over():
            run.new_alerts()
            time.sleep(POLL_S)
        run.finish()
    if len(run.alerts) < ALERTS_MIN:
        raise live.Failure(f"only {len(run.alerts)} alerts in a round, expected {ALERTS_MIN}")
    return run.alerts


def figures(rounds):
    """`rounds` holds the alerts of each round."""
    result = []
    for what, of in (("frame to commit", lambda alert: alert.latency_ns),
                     ("pipeline share", lambda alert: alert.share_ns),
                     ("node to commit", lambda alert: alert.uplink_ns)):
        for share in (50, 95):
            values = [live.percentile(map(of, alerts), share) / 1e6 for alerts in rounds]
            goal = GOALS[what] if share == 95 else None
            result.append(report.figure(f"{what}, p{share}", values, "ms", goal))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "build" / "release" / "bin")
    options = parser.parse_args()
    work = ROOT / "build" / "bench" / "alert"
    try:
        whole = live.demo_clips(ROOT / "build" / "demo" / "clips", progress)
        scenario = highlights(whole, work / "clips")
        rounds = []
        for number in range(options.rounds):
            progress(f"round {number + 1} of {options.rounds}, {scenario.seconds:.0f} s")
            rounds.append(play(scenario, options.binaries, work / "run"))
    except live.Failure as failure:
        sys.exit(f"alert: {failure}")
    report.show("alert", figures(rounds), options.json)


def progress(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
