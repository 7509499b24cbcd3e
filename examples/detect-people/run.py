#!/usr/bin/env python3
"""Finds people in a real video that nobody here made, and judges what was found.

    run.py [--rtsp]

Runs `weir run app.yaml` on one-by-one-person-detection.mp4 with FastestDet.onnx, both from
WEIR_DATA (or --data); with --rtsp the clip comes live from tests/sim/rtsp_camera. Prints in
how many of the frames looked at a person was found, where one is in view and where none is, and
how many alerts were raised; exit code 1 where that falls short. Standard library only.
"""

import argparse
import datetime
import json
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sim"))

from child import Child, Simulator  # noqa: E402

CLIP = "one-by-one-person-detection.mp4"
WEIGHTS = "FastestDet.onnx"
CLIP_S = 139.4
IN_VIEW_S = ((6.5, 19), (23, 44.5), (50.5, 69), (74.5, 86), (93, 119), (123.5, 135.5))
BORDER_S = 1.0  # this near to where somebody comes or goes, frames do not count
FOUND_MIN = 0.90  # of the frames with a person
FALSE_MAX = 0.02  # of those without
ALERTS = len(IN_VIEW_S)
RATE = 2  # frames a second looked at, in app.yaml
LOOKED_AT_MIN = 0.95  # of the frames that the clip has at that rate
FILE_S = 600.0  # for the file to be worked through
STOP_S = 30.0  # for weir to drain
EPOCH = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)


def seconds(text):
    """Seconds since 1970 of an RFC 3339 time in UTC with nine digits."""
    whole, fraction = text.rstrip("Z").split(".")
    at = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return (at - EPOCH).total_seconds() + float("0." + fraction)


def run_on_file(argv, clip):
    """The output of `weir run` on the clip, and when its first frame is shown."""
    with Child([*argv, "--input", clip]) as weir:
        if weir.wait(FILE_S) != 0:
            sys.exit(f"weir run failed:\n{weir.tail()}")
        return weir.stdout, 0.0


def run_on_camera(argv, clip, camera):
    """The same from a camera that plays the clip once, which takes as long as the clip is."""
    with Simulator([camera, "--start-when-watched", "--camera", f"/people={clip}"]) as simulator:
        with Child([*argv, "--input", simulator.url("/people")]) as weir:
            start = simulator.event("released", STOP_S)["at"] / 1e9
            simulator.event("ended", CLIP_S + STOP_S)
            weir.stop(STOP_S)
            return weir.stdout, start


def judge(frames, alerts):
    """The figures of frames [(second, people found)], and whether they are good enough."""
    there, absent = [], []
    for second, count in frames:
        if any(abs(second - border) < BORDER_S for span in IN_VIEW_S for border in span):
            continue
        in_view = any(start <= second <= end for start, end in IN_VIEW_S)
        (there if in_view else absent).append((second, count > 0))
    if not there or not absent:
        sys.exit(f"only {len(frames)} frames were looked at")
    looked_at = len(frames) / (CLIP_S * RATE)
    found = sum(hit for _, hit in there) / len(there)
    false = sum(hit for _, hit in absent) / len(absent)
    figures = [
        ("frames looked at", looked_at, f">= {LOOKED_AT_MIN:.0%}", looked_at >= LOOKED_AT_MIN),
        ("person found where one is in view", found, f">= {FOUND_MIN:.0%}", found >= FOUND_MIN),
        ("person found where none is", false, f"<= {FALSE_MAX:.0%}", false <= FALSE_MAX),
    ]
    for what, share, goal, holds in figures:
        print(f"{what:36} {share:7.1%}  goal {goal:7} {'holds' if holds else 'FALLS SHORT'}")
    print(f"{'of frames':36} {len(there)} with a person, {len(absent)} without, "
          f"{len(frames) - len(there) - len(absent)} near a border")
    right = len(alerts) == ALERTS
    print(f"{'alerts':36} {len(alerts):7}  goal   {ALERTS:7} {'holds' if right else 'FALLS SHORT'}")
    wrong = [f"{second:.1f}" for second, hit in there if not hit]
    wrong += [f"{second:.1f} (false)" for second, hit in absent if hit]
    if wrong:
        print("wrong at", ", ".join(wrong), "s")
    return right and all(figure[3] for figure in figures)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("WEIR_DATA"),
                        help=f"folder with {CLIP} and {WEIGHTS}; default $WEIR_DATA")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release",
                        help="build folder; default build/release")
    parser.add_argument("--rtsp", action="store_true", help="play the clip as a live camera")
    options = parser.parse_args()
    if options.data is None:
        parser.error("WEIR_DATA is not set, expected the folder of the clip and the weights")
    return options


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch) / "frames.jsonl"
        argv = [options.build / "bin" / "weir", "run", HERE / "app.yaml", "--output", output,
                "--set", f"weights={options.data / WEIGHTS}",
                "--alerts", pathlib.Path(scratch) / "alerts"]
        if options.rtsp:
            lines, start = run_on_camera(argv, options.data / CLIP,
                                         options.build / "bin" / "rtsp_camera")
        else:
            lines, start = run_on_file(argv, options.data / CLIP)
        records = [json.loads(line) for line in output.read_text().splitlines()]
    # What `alert` hands on has the picture of the alert; it is no frame of its own.
    frames = [(seconds(record["time"]) - start, record["people.count"])
              for record in records if "packet" not in record]
    alerts = [json.loads(line) for line in lines]
    for alert in alerts:
        print(f"alert at {seconds(alert['time']) - start:6.1f} s: {alert['title']}")
    return 0 if judge(frames, alerts) else 1


if __name__ == "__main__":
    sys.exit(main())
