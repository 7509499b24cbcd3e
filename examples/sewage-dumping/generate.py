#!/usr/bin/python3
"""Makes street clips with ground truth: random ones of a family, or the two cameras of the demo.

    generate.py clips --family seen|unseen --seed S --count N --out DIR [--seconds 50]
    generate.py demo --out DIR

Each writes H.264 clips (640x360, 10 frames a second) and `truth.json` into DIR. The same arguments
give the same pictures. What differs between the families stands in scenes/families.py.
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from scenes.street import Street  # noqa: E402

SECONDS = 50.0
SEEDS_A_RUN = 1000     # clip i of `--seed S` is drawn from S * SEEDS_A_RUN + i
DEMO_SECONDS = 70.0


def clip_seed(seed, index):
    return seed * SEEDS_A_RUN + index


def stage_first(script):
    """Camera 1: three dumpings among passers-by, a sweeper and somebody who only looks."""
    script.pass_by(0.5, "")
    script.pass_by(2.5, "bag")
    script.dump(9.0)
    script.pass_by(17.0, "umbrella", lane=-0.6)
    script.sweep(20.0, 6.0)
    script.dump(33.0)
    script.pass_by(34.0, "crate", lane=1.2)
    script.stand(43.0, "look down", 4.0)
    script.pass_by(44.5, "full bucket")
    script.dump(56.0)
    script.pass_by(62.0, "")


def stage_second(script):
    """Camera 2: two dumpings; children play, people talk, one looks into a bucket and goes."""
    script.pass_by(0.0, "full bucket")
    script.play(6.0, 7.0)
    script.dump(20.0)
    script.pass_by(24.0, "bag", lane=1.1)
    script.talk(30.0)
    script.stand(41.5, "inspect", 5.0)
    script.dump(53.0)
    script.pass_by(55.0, "", lane=1.2)
    script.sweep(61.0, 5.0)


DEMO = {  # camera -> family, seed, light, staging
    "camera-1": ("unseen", 80, "afternoon", stage_first),
    "camera-2": ("unseen", 108, "shower", stage_second),
}


def demo_street(camera, window=None):
    family, seed, light, staging = DEMO[camera]
    return Street(family, seed, DEMO_SECONDS, write=staging, light=light, window=window)


def write(streets, out):
    """`streets` gives (name, Street) one by one; writes clips and truth.json."""
    out.mkdir(parents=True, exist_ok=True)
    truth = {}
    for name, street in streets:
        clip = f"{name}.mp4"
        street.write(out / clip)
        truth[name] = street.truth(clip)
        print(f"{out / clip}: {street.seconds:.0f} s, {len(truth[name]['events'])} dumpings",
              flush=True)
    (out / "truth.json").write_text(json.dumps({"cameras": truth}, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    clips = commands.add_parser("clips", help="random clips of one family")
    clips.add_argument("--family", choices=("seen", "unseen"), required=True)
    clips.add_argument("--seed", type=int, default=1)
    clips.add_argument("--count", type=int, default=10)
    clips.add_argument("--seconds", type=float, default=SECONDS)
    clips.add_argument("--out", type=pathlib.Path, required=True)
    demo = commands.add_parser("demo", help="the two cameras of the demo")
    demo.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    if options.command == "demo":
        write(((camera, demo_street(camera)) for camera in DEMO), options.out)
    else:
        write(((f"clip-{i:03}", Street(options.family, clip_seed(options.seed, i), options.seconds))
               for i in range(options.count)), options.out)


if __name__ == "__main__":
    main()
