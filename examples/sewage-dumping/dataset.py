"""The training data: crops around the drain, from H.264 clips of the family `seen`.

`build` renders, encodes and decodes clips and keeps every frame of the region with a margin as a
96x96 picture; `windows` replays what the runtime would hand to the activity model.
"""

import multiprocessing
import os
import pathlib
import subprocess
import tempfile

import numpy as np

from scenes.camera import HEIGHT, WIDTH
from scenes.street import FPS, Street

SIDE = 96
SECONDS = 40.0
FIRST_SEED = 50_000_000           # far from the seeds of `generate.py clips`
MIX = {"dump": 0.38, "stand": 0.16, "inspect": 0.10, "visit": 0.14, "sweep": 0.10, "play": 0.07,
       "talk": 0.05}
LABELS = ("passing", "standing", "dumping", "sweeping", "playing")
PRIORITY = ("dumping", "sweeping", "playing", "standing", "passing")
# Around the beginning and the end of a tilt nobody can say which label is right.
UNSURE_BEFORE_S, UNSURE_AFTER_START_S, UNSURE_BEFORE_END_S, UNSURE_AFTER_S = 0.7, 0.4, 0.1, 0.8
UNSURE = -1
TAKES_PART = 0.15                 # the share of somebody in the region from which the doing counts

FRAMES = int(SECONDS * FPS)
CLIP_BYTES = FRAMES * SIDE * SIDE * 3
NOTES = ("box", "labels", "shares", "buckets")


def training_street(number):
    rng = np.random.default_rng([7, number])
    crowd = float(rng.choice([0.3, 1.0, 1.8]))
    return Street("seen", FIRST_SEED + number, SECONDS, window="region",
                  write=lambda s: s.fill(SECONDS, MIX, dumping_gap_s=4.0, crowd=crowd)), rng


def render(number):
    """One clip: frames (FRAMES, SIDE, SIDE, 3), region box in them, and labels per frame."""
    street, rng = training_street(number)
    with tempfile.TemporaryDirectory() as folder:
        clip = pathlib.Path(folder) / "clip.mp4"
        street.write(clip, quality=int(rng.integers(20, 31)))
        scale = ("area", "bilinear", "bicubic")[int(rng.integers(3))]
        raw = subprocess.run(["ffmpeg", "-v", "error", "-threads", "1", "-i", str(clip), "-vf",
                              f"scale={SIDE}:{SIDE}:flags={scale}", "-f", "rawvideo", "-pix_fmt",
                              "rgb24", "-"], stdout=subprocess.PIPE, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, SIDE, SIDE, 3)
    left, top, right, bottom = street.window
    low = (street.region.min(0) * [WIDTH, HEIGHT] - [left, top]) / [right - left, bottom - top]
    high = (street.region.max(0) * [WIDTH, HEIGHT] - [left, top]) / [right - left, bottom - top]
    return frames[:FRAMES], np.concatenate([low, high]), *label_frames(street)


def label_frames(street):
    """Per frame: its label, how much of anybody is in the region at most, and whether somebody
    there has a bucket."""
    labels, shares = np.full(FRAMES, UNSURE), np.zeros(FRAMES, np.float32)
    buckets = np.zeros(FRAMES, bool)
    spans = [span for actor in street.actors for span in actor.tilting()]
    for index in range(FRAMES):
        t = index / FPS
        doings = street.doings(index)
        shares[index] = max((share for _, share in doings), default=0.0)
        kinds = {kind for kind, share in doings if share >= TAKES_PART}
        label = next((kind for kind in PRIORITY if kind in kinds), "passing")
        unsure = any(
            start - UNSURE_BEFORE_S < t < start + UNSURE_AFTER_START_S
            or end - UNSURE_BEFORE_END_S < t < end + UNSURE_AFTER_S
            for start, end in spans
        )
        if not unsure:
            labels[index] = LABELS.index(label)
        buckets[index] = any(
            "bucket" in moment.held and street.inside(actor, moment) >= TAKES_PART
            for actor in street.actors if (moment := actor.at(t)) is not None)
    return labels, shares, buckets


def build(folder, count, workers):
    """Renders what `folder` lacks of `count` clips."""
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / "frames.u8"
    store.touch()
    if store.stat().st_size < count * CLIP_BYTES:
        os.truncate(store, count * CLIP_BYTES)
    frames = np.memmap(store, np.uint8, "r+", shape=(count, FRAMES, SIDE, SIDE, 3))
    missing = [number for number in range(count) if not notes(folder, number).exists()]
    with multiprocessing.Pool(workers) as pool:
        for done, (number, found) in enumerate(pool.imap_unordered(render_one, missing)):
            frames[number] = found[0]
            np.savez(notes(folder, number), **dict(zip(NOTES, found[1:])))
            if done % 10 == 9:
                print(f"rendered {done + 1} of {len(missing)} clips", flush=True)
    frames.flush()


def load(folder, count):
    """Frames, boxes, labels, shares and buckets of clips that `build` made."""
    kept = [np.load(notes(folder, number)) for number in range(count)]
    shape = (count, FRAMES, SIDE, SIDE, 3)
    return (np.memmap(folder / "frames.u8", np.uint8, "r", shape=shape),
            *(np.array([note[key] for note in kept]) for key in NOTES))


def notes(folder, number):
    return folder / f"clip-{number:05}.npz"


def render_one(number):
    return number, render(number)


def windows(shares, labels, rng, count=8, every_frames=2, within_frames=40):
    """Replays one clip: the indices of a window for each frame that has one and a label.

    A frame is seen when somebody is in the region; now and then one is lost or late. A seen frame
    is kept when it comes `every_frames` after the last kept one; the window is the last kept ones,
    with the current one in any case. One replay in four sees every frame, as if the first model
    erred."""
    seen_from = rng.uniform(TAKES_PART, 0.5) if rng.random() < 0.75 else 0.0
    loss = rng.choice([0.0, 0.03, 0.15])
    late = rng.choice([0.0, 0.0, 0.2])
    kept, found = [], []
    for index in range(len(shares)):
        if shares[index] < seen_from or rng.random() < loss:
            continue
        kept = [k for k in kept if index - k <= within_frames]
        wanted = every_frames + (rng.random() < late)
        if not kept or index - kept[-1] >= wanted:
            kept = (kept + [index])[-count:]
            window = kept
        else:
            window = kept[-(count - 1):] + [index]
        if len(window) == count and labels[index] != UNSURE:
            found.append(window)
    return found
