#!/usr/bin/python3
"""Video to inference, against a plain loop.

    ./dev bench video [--json] [--rounds N] [--video F] [--model M]

Runs `weir run bench/video/pipeline.yaml` and bench/video/plain_loop.cc on the same 1080p clip and
model, with the same options, and compares the CPU time of the two processes, start and loading
included. The two of a round take turns of a tenth of a second, so that whatever slows the machine
for a while weighs on both alike; what counts is the median of the ratios, and how surely it is
known. Before that, one run of each shows that they see the same: as many frames, and as many
objects found. `--threads N` lets weir use several; what counts is the sum.

M is a model's folder, or weights for the detector of examples/detect-people. By default that
is FastestDet.onnx from WEIR_DATA, or else the model of examples/sewage-dumping that looks at
one picture. The clip is drawn by ffmpeg once and kept in build/bench.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import report  # noqa: E402

GOAL = "<= 1.03"
ROUNDS = 24
TURN_S = 0.1
RUN_S_MAX = 1_800  # of the programs of a round together
POLL_S = 0.002  # how often is looked whether a program has ended
SCORE = 0.5  # of finds, apply_model's default
DETECTOR = ROOT / "examples" / "detect-people" / "model"
SHIPPED = ROOT / "examples" / "sewage-dumping" / "models" / "intrusion"
# A moving pattern under noise: about as much to decode as a street by day, 4 Mbit/s.
CLIP = ("-f lavfi "
        "-i testsrc2=size=1920x1080:rate=25:duration=10,noise=alls=4:allf=t,format=yuv420p "
        "-c:v libx264 -preset veryfast -bf 0 -g 50 -b:v 4M").split()


def clip(folder):
    """The 1080p clip, made where it is not there yet; its name changes with how it is made."""
    path = folder / f"video-{hashlib.sha256(' '.join(CLIP).encode()).hexdigest()[:12]}.mp4"
    if not path.exists():
        print(f"drawing {path}", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.mp4")
        subprocess.run(["ffmpeg", "-v", "error", "-y", *CLIP, str(part)], check=True)
        part.rename(path)
    return path


class Model:
    """A model's folder and weights."""

    def __init__(self, path):
        if path is None:
            data = os.environ.get("WEIR_DATA")
            path = pathlib.Path(data) / "FastestDet.onnx" if data else SHIPPED
        self.folder = path if path.is_dir() else DETECTOR
        self.weights = path / "model.onnx" if path.is_dir() else path
        text = (self.folder / "model.yaml").read_text()
        self.detector = re.search(r"^task: *detection", text, re.MULTILINE) is not None


def printed(argv):
    return subprocess.run([str(part) for part in argv], stdout=subprocess.PIPE, check=True,
                          text=True).stdout


class Runner:
    """A program that runs in turns, stopped in between."""

    def __init__(self, argv):
        self.argv = [str(part) for part in argv]
        self.cpu_seconds = None  # of the whole run, once it has ended
        self.process = subprocess.Popen(self.argv, stdout=subprocess.DEVNULL)
        self.process.send_signal(signal.SIGSTOP)

    def take_turn(self):
        until = time.monotonic() + TURN_S
        os.kill(self.process.pid, signal.SIGCONT)
        while time.monotonic() < until:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid != 0:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                self.cpu_seconds = usage.ru_utime + usage.ru_stime
                return
            time.sleep(POLL_S)
        os.kill(self.process.pid, signal.SIGSTOP)


def cpu_seconds_in_turns(runs):
    """{name: CPU seconds} of {name: argv}, all run together in turns."""
    runners = {name: Runner(argv) for name, argv in runs.items()}
    until = time.monotonic() + RUN_S_MAX
    try:
        while running := [each for each in runners.values() if each.cpu_seconds is None]:
            if time.monotonic() > until:
                raise TimeoutError(f"{running[0].argv[0]} has not ended after {RUN_S_MAX} s")
            for each in running:
                each.take_turn()
    finally:
        for each in runners.values():
            if each.process.returncode is None:
                each.process.kill()
                each.process.wait()
    for each in runners.values():
        if each.process.returncode != 0:
            raise subprocess.CalledProcessError(each.process.returncode, each.argv)
    return {name: each.cpu_seconds for name, each in runners.items()}


def weir_argv(options, model, *more):
    return [options.build / "bin" / "weir", "run", HERE / "pipeline.yaml", "--input", options.video,
            "--set", f"model={model.folder}", "--set", f"weights={model.weights}",
            "--workers", options.threads, "--quiet", *more]


def loop_argv(options, model):
    decode = ["--fastestdet", SCORE] if model.detector else []
    return [options.build / "bin" / "plain_loop", options.video, model.weights, *decode]


def check_same(options, model):
    """Both must have seen the same, or the comparison says nothing."""
    plain = json.loads(printed(loop_argv(options, model)))
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch) / "frames.jsonl"
        printed(weir_argv(options, model, "--output", output))
        records = [json.loads(line) for line in output.read_text().splitlines()]
    found = sum(record["found.count"] if model.detector else record["found.label"] is not None
                for record in records)
    if (len(records), found) != (plain["frames"], plain["found"]):
        sys.exit(f"weir saw {len(records)} frames and found {found}, the plain loop {plain}")
    return len(records)


def measure(options, model, frames):
    """The first turn is the one's and the other's by rounds."""
    runs = [("plain", loop_argv(options, model)), ("weir", weir_argv(options, model))]
    rounds = []
    for number in range(options.rounds):
        print(f"\rround {number + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
        rounds.append(cpu_seconds_in_turns(dict(runs)))
        runs.reverse()
    print("\r", end="", file=sys.stderr, flush=True)
    return figures(rounds, frames)


def figures(rounds, frames):
    """Beside the paired ratios that of the quickest runs: what disturbs a run only slows it."""
    ratios = [each["weir"] / each["plain"] for each in rounds]
    low, high = report.median_interval(ratios)
    all_of = {name: [each[name] for each in rounds] for name in ("plain", "weir")}
    quickest = min(all_of["weir"]) / min(all_of["plain"])
    return [report.figure("CPU time of weir against the plain loop", ratios, "ratio", GOAL),
            report.figure("95 % interval of that median", [low, high], "ratio"),
            report.figure("quickest run of each", [quickest], "ratio"),
            *(report.figure(name, [each * 1000 / frames for each in all_of[which]], "ms a frame")
              for name, which in (("plain loop", "plain"), ("weir", "weir")))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="the figures as the last line")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}")
    parser.add_argument("--video", type=pathlib.Path, help="another clip")
    parser.add_argument("--model", type=pathlib.Path, help="a model's folder, or weights")
    parser.add_argument("--threads", type=int, default=1, help="of weir, default 1")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release",
                        help="build folder, default build/release")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds: expected at least 1")
    options.video = options.video or clip(ROOT / "build" / "bench")
    model = Model(options.model)
    figures = measure(options, model, check_same(options, model))
    report.show("video", figures, options.json)


if __name__ == "__main__":
    main()
