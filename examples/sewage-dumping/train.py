#!/usr/bin/python3
"""Trains the two models of the application on the family `seen` and writes them as ONNX.

    train.py [--work DIR] [--clips N] [--steps N] [--only intrusion|activity]

Renders the clips into DIR first (kept for the next run), then trains with fixed seeds on two
threads. Needs Debian's python3-torch and python3-onnx (`./dev setup --training`).
"""

import argparse
import pathlib
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F

import dataset
from networks import SIDE, Activity, Intrusion, vary

HERE = pathlib.Path(__file__).parent
SEED = 20240917
HELD_OUT = 0.1                     # share of the clips that only the report sees
WINDOW = 8
CHECKPOINT_STEPS = 250             # how often a training is kept
PRECISION_STEPS = 250              # how often the windows most taken for a dumping are looked up
BATCH = {"intrusion": 96, "activity": 32}
EACH_WEIGHT = 1.0                  # of the loss of single frames against that of the window
SHARES = {"dumping": 0.34, "standing": 0.26, "passing": 0.16, "sweeping": 0.13, "playing": 0.11}
HARD_SHARE = 0.25
RATE = 2.5e-3                      # the greatest learning rate of a new training,
RATE_AGAIN = 1.2e-3                # and of one that goes on

MODEL_YAML = """\
# How a column becomes the model's input, and its output columns. Written by train.py.
task: classification
inputs:
  - {{tensor: input, column: image, resize: stretch, channels: rgb, layout: nchw,
     scale: 0.00392156862745098{last}}}
outputs:
  - {{tensor: logits, decode: classification, activation: softmax}}
labels: [{labels}]
"""
LAST = ", last: {count: 8, every: 200ms, within: 4s}"


class Data:
    """Frames of the clips, and windows over them; training clips come first."""

    def __init__(self, folder, clips, workers):
        self.frames, boxes, self.labels, self.shares = dataset.build(folder, clips, workers)
        self.boxes = torch.tensor(boxes, dtype=torch.float32)
        self.training = int(clips * (1 - HELD_OUT))
        self.rng = np.random.default_rng(SEED)

    def windows(self, clips, replays):
        """(clip, indices, label) of every window, as arrays."""
        found = [(clip, window, label) for clip in clips for _ in range(replays)
                 for window, label in dataset.windows(
                     self.shares[clip], self.labels[clip], self.rng)]
        clip, window, label = zip(*found)
        return np.array(clip), np.array(window), np.array(label)

    def batch(self, clips, windows, share=1.0):
        order = clips[:, None]
        return vary(torch.from_numpy(self.frames[order, windows]), self.boxes[clips], share)

    def each(self, clips, windows):
        """The label of each frame of windows; UNSURE where there is none."""
        return torch.from_numpy(self.labels[clips[:, None], windows]).long()


def rate(step, steps, top):
    """Warms up over a twentieth, then falls along a cosine."""
    rise = min(1.0, (step + 1) / (0.05 * steps))
    return top * rise * 0.5 * (1 + np.cos(np.pi * min(1.0, step / steps)))


def loss_of(network, x, y, each=None):
    if each is None:
        return F.cross_entropy(network(x), y, label_smoothing=0.02)
    whole, frames = network.both(x)
    return (F.cross_entropy(whole, y, label_smoothing=0.02)
            + EACH_WEIGHT * F.cross_entropy(frames, each, ignore_index=dataset.UNSURE))


def begin(network, path):
    """Loads an earlier training's result where there is one; the greatest rate to go on with."""
    if not path.exists():
        return RATE
    network.load_state_dict(torch.load(path))
    print(f"goes on from {path}")
    return RATE_AGAIN


def fit(network, steps, work, draw, name, extra=lambda step: None):
    """`draw(progress)` gives the next batch: inputs, labels, labels of single frames or None."""
    top = begin(network, work / f"{name}.pt")
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.01)
    begun, losses = time.monotonic(), []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps, top)
        extra(step)
        batch = draw(step / steps)
        network.train()
        loss = loss_of(network, *batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
        if step % 50 == 49:
            print(f"{name}: step {step + 1}/{steps}, loss {np.mean(losses[-50:]):.3f}, "
                  f"{time.monotonic() - begun:.0f} s", flush=True)
        if (step + 1) % CHECKPOINT_STEPS == 0 or step + 1 == steps:
            torch.save(network.state_dict(), work / f"{name}.pt")
    network.eval()


def train_intrusion(data, steps, work):
    """Somebody with half the joints in the region is a person; nobody at all is background."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED + 1)
    shares = data.shares[:data.training]
    person, nobody = np.argwhere(shares >= 0.5), np.argwhere(shares == 0)

    def draw(_):
        half = BATCH["intrusion"] // 2
        rows = np.concatenate([person[rng.integers(len(person), size=half)],
                               nobody[rng.integers(len(nobody), size=half)]])
        y = torch.cat([torch.ones(half, dtype=torch.long), torch.zeros(half, dtype=torch.long)])
        return data.batch(rows[:, 0], rows[:, 1:])[:, 0], y, None

    network = Intrusion()
    fit(network, steps, work, draw, "intrusion")
    held = range(data.training, len(data.shares))
    right = {0: [], 1: []}
    with torch.no_grad():
        for clip in held:
            for truth, chosen in ((1, data.shares[clip] >= 0.5), (0, data.shares[clip] == 0)):
                rows = np.flatnonzero(chosen)[::5]
                if len(rows):
                    x = data.batch(np.full(len(rows), clip), rows[:, None])[:, 0]
                    right[truth] += (network(x).argmax(1) == truth).tolist()
    print(f"intrusion, held-out clips, varied: person {np.mean(right[1]):.3f}, "
          f"background {np.mean(right[0]):.3f}")
    return network


def train_activity(data, steps, work):
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED + 2)
    clips, windows, labels = data.windows(range(data.training), 3)
    groups = {name: np.flatnonzero(labels == i) for i, name in enumerate(dataset.LABELS)}
    print("windows:", {name: len(rows) for name, rows in groups.items()})
    others = np.flatnonzero(labels != dataset.LABELS.index("dumping"))
    hard = []
    network = Activity(len(dataset.LABELS))
    names, shares = list(SHARES), np.array(list(SHARES.values()))

    def look_up(step):
        """Finds, among windows drawn at random, the ones most taken for a dumping."""
        if step < 250 or step % PRECISION_STEPS:
            return
        network.eval()
        rows = rng.choice(others, 1600, replace=False)
        with torch.no_grad():
            scores = torch.cat([network(data.batch(clips[part], windows[part])).softmax(1)[:, 2]
                                for part in np.array_split(rows, 25)]).numpy()
        best = np.argsort(-scores)[:160]
        hard.extend(rows[best])
        del hard[:-480]
        print(f"activity: hardest of {len(rows)} others score {scores[best[0]]:.2f}, "
              f"{scores[best[-1]]:.2f} at rank {len(best)}", flush=True)

    def draw(progress):
        count = BATCH["activity"]
        rows = [
            int(rng.choice(groups[names[kind]])) for kind in rng.choice(len(names), count, p=shares)
        ]
        if hard:
            fresh = int(count * HARD_SHARE)
            rows[:fresh] = rng.choice(hard, fresh)
        rows = np.array(rows)
        share = min(1.0, 0.3 + 2.5 * progress)   # easy crops first
        return (
            data.batch(clips[rows], windows[rows], share),
            torch.from_numpy(labels[rows]).long(),
            data.each(clips[rows], windows[rows]),
        )

    fit(network, steps, work, draw, "activity", look_up)
    report(network, data)
    return network


def report(network, data):
    """How often each label is found in windows of clips that training left out."""
    clips, windows, labels = data.windows(range(data.training, len(data.shares)), 1)
    rows = np.arange(0, len(labels), 3)
    with torch.no_grad():
        scores = torch.cat([network(data.batch(clips[part], windows[part])).softmax(1)
                            for part in np.array_split(rows, max(1, len(rows) // 64))]).numpy()
    for i, name in enumerate(dataset.LABELS):
        mine = scores[labels[rows] == i]
        if len(mine):
            print(f"activity, held-out, varied: {name:9} {(mine.argmax(1) == i).mean():.3f} right, "
                  f"{(mine[:, 2] > 0.8).mean():.3f} score above 0.8 as dumping ({len(mine)})")


def export(network, name, shape, labels, last=""):
    folder = HERE / "models" / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    torch.onnx.export(network, torch.zeros(shape), str(path), opset_version=17,
                      input_names=["input"], output_names=["logits"])
    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    (folder / "model.yaml").write_text(MODEL_YAML.format(last=last, labels=", ".join(labels)))
    print(f"{path}: {path.stat().st_size} bytes, IR {model.ir_version}, "
          f"opset {model.opset_import[0].version}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, default=HERE / "work")
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=("intrusion", "activity"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = Data(options.work, options.clips, options.workers)
    if options.only != "activity":
        network = train_intrusion(data, options.steps, options.work)
        export(network, "intrusion", (1, 3, SIDE, SIDE), ("background", "person"))
    if options.only != "intrusion":
        network = train_activity(data, options.steps, options.work)
        export(network, "activity", (1, WINDOW, 3, SIDE, SIDE), dataset.LABELS, LAST)


if __name__ == "__main__":
    main()
