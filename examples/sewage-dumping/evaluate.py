#!/usr/bin/python3
"""Measures the application on generated clips: how many dumpings give exactly one alert.

    evaluate.py --family seen|unseen [--seed S] [--count N] [--weir PATH] [--json]

Each clip runs through `weir run` with the pipeline and the models of app.yaml. An event is right
when exactly one alert lies within 2 s of the labelled dumping. Precision is right events over
alerts, recall right events over dumpings; the intervals are 95 % of a bootstrap over clips.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from datetime import datetime

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402

import generate  # noqa: E402
from scenes.street import Street  # noqa: E402

HERE = pathlib.Path(__file__).parent
WEIR = HERE.parent.parent / "build" / "release" / "bin" / "weir"
TOLERANCE_S = 2.0
BOOTSTRAPS = 4000
RUN_SECONDS_MAX = 300
DEFAULT_SEED = 900
DEFAULT_COUNT = 40


def score(events, alerts):
    """(right events, dumpings, alerts) of one clip; `events` are spans, `alerts` times, seconds."""
    right = sum(sum(start - TOLERANCE_S <= t <= end + TOLERANCE_S for t in alerts) == 1
                for start, end in events)
    return right, len(events), len(alerts)


def figures(counts):
    """Precision, recall and F1 of summed counts."""
    right, dumpings, alerts = np.asarray(counts).reshape(-1, 3).sum(0)
    precision = right / alerts if alerts else 1.0
    recall = right / dumpings if dumpings else 1.0
    return precision, recall, 2 * right / max(alerts + dumpings, 1)


def summary(counts):
    counts = np.asarray(counts)
    rng = np.random.default_rng(0)
    draws = [figures(counts[rng.integers(0, len(counts), len(counts))]) for _ in range(BOOTSTRAPS)]
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    right, dumpings, alerts = (int(n) for n in counts.sum(0))
    result = {"clips": len(counts), "dumpings": dumpings, "alerts": alerts, "right": right,
              "wrong": alerts - right, "missed": dumpings - right}
    for i, name in enumerate(("precision", "recall", "f1")):
        result[name] = {"value": round(figures(counts)[i], 4), "low": round(low[i], 4),
                        "high": round(high[i], 4)}
    return result


def pipeline_text():
    """The pipeline's own document of app.yaml."""
    documents = (HERE / "app.yaml").read_text().split("\n---\n")
    return next(text for text in documents if "kind: Pipeline" in text)


def alert_times(weir, pipeline, clip, entry, models, alerts):
    """Runs the product on one clip; the times of its alerts in seconds."""
    command = [str(weir), "run", str(pipeline), "--input", str(clip),
               "--set", f"device.drain={json.dumps(entry['drain'])}",
               "--set", f"intrusion={models / 'intrusion'}",
               "--set", f"activity={models / 'activity'}", "--alerts", str(alerts)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr}")
    return [seconds(json.loads(line)["time"]) for line in done.stdout.splitlines()
            if line.startswith("{")]


def seconds(text):
    """Seconds since the first frame, from a time of 1970 in RFC 3339 with up to nanoseconds."""
    whole, _, rest = text.rstrip("Z").partition(".")
    since = datetime.fromisoformat(whole + "+00:00").timestamp()
    return since + (float("0." + rest) if rest else 0.0)


def run(options, folder):
    pipeline = folder / "pipeline.yaml"
    pipeline.write_text(pipeline_text() + "\n")
    clip = folder / "clip.mp4"
    counts = []
    for index in range(options.count):
        street = Street(options.family, generate.clip_seed(options.seed, index), generate.SECONDS)
        street.write(clip)
        entry = street.truth(clip.name)
        times = alert_times(options.weir, pipeline, clip, entry, options.models, folder / "alerts")
        events = [(e["start"], e["end"]) for e in entry["events"]]
        counts.append(score(events, times))
        if not options.json:
            right, dumpings, alerts = counts[-1]
            note = "" if right == dumpings == alerts else f"   dumpings {events}, alerts {times}"
            print(f"clip {index + 1}/{options.count} ({entry['light']}): {dumpings} dumpings, "
                  f"{alerts} alerts, {right} right{note}", flush=True)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", choices=("seen", "unseen"), required=True)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--count", type=int, default=DEFAULT_COUNT)
    parser.add_argument("--weir", type=pathlib.Path, default=WEIR)
    parser.add_argument("--models", type=pathlib.Path, default=HERE / "models")
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    options = parser.parse_args()
    options.models = options.models.resolve()
    if not options.weir.exists():
        sys.exit(f"{options.weir} is not there: build it with ./dev build, or name it with --weir")
    with tempfile.TemporaryDirectory() as folder:
        result = summary(run(options, pathlib.Path(folder)))
    result = {"family": options.family, "seed": options.seed, **result}
    if options.json:
        print(json.dumps(result))
        return
    print(f"{options.family}: {result['dumpings']} dumpings in {result['clips']} clips; "
          f"{result['right']} right, {result['wrong']} wrong alerts, {result['missed']} missed")
    for name in ("precision", "recall", "f1"):
        part = result[name]
        print(f"{name:10} {part['value']:.3f}   [{part['low']:.3f}, {part['high']:.3f}]")


if __name__ == "__main__":
    main()
