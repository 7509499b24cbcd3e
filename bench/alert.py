#!/usr/bin/python3
"""Frame release to alert, live: `./dev bench alert [--json] [--rounds N] [--distant-rounds N]`.

Runs the sewage-dumping application on its two simulated cameras, with two changes: of the clips
only the time around each dumping is played, and the alert's gap is so small that every frame of a
dumping raises one. So each round gives some hundred alerts, enough for a 95th percentile; the way
of a frame is the same. Reported are, per round, the percentiles of the time from a frame's release
by the camera to the hub's commit (synced), of the pipeline's own share of it, which begins when the
RTSP client has the frame and ends when the node has the alert on its disk, and of the way from
there to the hub's commit.

In the distant rounds the links are those of the paper: 2 s from camera to gateway, 1 s to the node,
1 s to the hub, one way, put in by proxies through which all of RTSP, HTTP and MQTT goes, answers
being under way as long as questions. Each dumping raises one alert there, as it would in the field;
the clips are played several times. Besides the whole time it is reported what Weir adds to the 4 s
that the network takes one way, and how many round trips lie between the node's alert and the hub's
commit.
"""

import argparse
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
EVERY_FRAME, EVERY_DUMPING = "1ms", "2s"  # gaps of alerts
GOALS = {  # ms, of the 95th percentile
    "frame to commit": "< 300", "pipeline share": "< 50", "node to commit": None}
ALERTS_MIN = 20  # in a round: a percentile of fewer says nothing
PAPER = live.Network(camera_to_gateway_s=2.0, gateway_to_node_s=1.0, node_to_hub_s=1.0)
PAPER_TIMES = 5  # the clips are played, for as many alerts as a percentile needs
PAPER_CONNECT = "60s"  # RTSP asks five questions until a camera streams
POLL_S = 0.2
FFMPEG_S = 60


def highlights(scenario, folder):
    """A scenario of the same cameras that plays only what is around the dumpings."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    truth = {}
    for name, camera in scenario.truth.items():
        parts, played = [], 0.0
        for number, event in enumerate(camera["events"]):
            begin = max(0, int(event["start"]) - BEFORE_S)
            length = int(event["end"]) + 1 + AFTER_S - begin
            part = folder / f"{name}-{number}.mp4"
            cut(scenario.folder / camera["clip"], begin, length, part)
            parts.append(part.name)
            played += length
        truth[name] = {"clip": ",".join(parts), "seconds": played}
    return live.Scenario(folder, truth)


def repeated(scenario, times):
    """The same played so many times, one after the other."""
    return live.Scenario(scenario.folder, {
        name: {"clip": ",".join([camera["clip"]] * times), "seconds": camera["seconds"] * times}
        for name, camera in scenario.truth.items()})


def cut(clip, begin_s, length_s, part):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", str(begin_s), "-i", str(clip),
                    "-t", str(length_s), "-c", "copy", str(part)],
                   check=True, timeout=FFMPEG_S, stdin=subprocess.DEVNULL)


def with_gap(app, gap):
    text, count = re.subn(r"\bgap: *\w+", f"gap: {gap}", app)
    if count != 1:
        raise live.Failure(f"expected one gap in {live.APP}, found {count}")
    return text


def patient(app):
    """With time enough to connect to distant cameras."""
    return re.sub(r"\bconnect: *{", f"connect: {{connect_timeout: {PAPER_CONNECT}, ", app)


def play(scenario, binaries, folder, app, network=live.Network()):
    """One round: its alerts."""
    with live.Live(scenario, binaries, folder, app, network) as run:
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
    return [figure for what, of in (("frame to commit", lambda alert: alert.latency_ns),
                                    ("pipeline share", lambda alert: alert.share_ns),
                                    ("node to commit", lambda alert: alert.uplink_ns))
            for figure in percentiles(what, of, rounds, GOALS[what])]


def distant_figures(rounds):
    way_ns = PAPER.way_s * live.NS
    trip_ns = 2 * PAPER.node_to_hub_s * live.NS
    trips = [statistics.median(alert.uplink_ns / trip_ns for alert in alerts) for alerts in rounds]
    return [*percentiles("distant: frame to commit", lambda alert: alert.latency_ns, rounds),
            *percentiles("distant: added to the way", lambda alert: alert.latency_ns - way_ns,
                         rounds),
            *percentiles("distant: pipeline share", lambda alert: alert.share_ns, rounds),
            report.figure("distant: round trips, node to commit", trips, "")]


def percentiles(what, of, rounds, goal=None):
    """p50 and, with the goal, p95 of what `of` says of each alert, in ns."""
    return [report.figure(f"{what}, p{share}",
                          [live.percentile(map(of, alerts), share) / 1e6 for alerts in rounds],
                          "ms", goal if share == 95 else None)
            for share in (50, 95)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--distant-rounds", type=int, default=2)
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "build" / "release" / "bin")
    options = parser.parse_args()
    work = ROOT / "build" / "bench" / "alert"
    try:
        whole = live.demo_clips(ROOT / "build" / "demo" / "clips", progress)
        scenario = highlights(whole, work / "clips")
        found = play_rounds(options, scenario, work / "run")
    except live.Failure as failure:
        sys.exit(f"alert: {failure}")
    report.show("alert", found, options.json)


def play_rounds(options, scenario, folder):
    """The figures of all rounds that are asked for."""
    app = live.APP.read_text()
    distant = repeated(scenario, PAPER_TIMES)
    near_app, distant_app = with_gap(app, EVERY_FRAME), patient(with_gap(app, EVERY_DUMPING))
    near_rounds, distant_rounds = [], []
    for number in range(options.rounds):
        progress(f"round {number + 1} of {options.rounds}, {scenario.seconds:.0f} s")
        near_rounds.append(play(scenario, options.binaries, folder, near_app))
    for number in range(options.distant_rounds):
        progress(f"distant round {number + 1} of {options.distant_rounds}, "
                 f"{distant.seconds:.0f} s, and half a minute to connect")
        distant_rounds.append(play(distant, options.binaries, folder, distant_app, PAPER))
    return [*(figures(near_rounds) if near_rounds else []),
            *(distant_figures(distant_rounds) if distant_rounds else [])]


def progress(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
