#!/usr/bin/python3
"""Trains the two models of the application on the family `seen` and writes them as ONNX.

    train.py [--work DIR] [--models DIR] [--clips N] [--steps N]

Renders its clips into the work folder first (kept for the next run), then trains both side by side,
each with fixed seeds on one thread. Needs Debian's python3-torch and python3-onnx
(`./dev setup --training`).
"""

import argparse
import multiprocessing
import os
import pathlib
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")     # the clips are drawn by processes of their own

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

import dataset  # noqa: E402
from networks import SIDE, Activity, Intrusion, vary  # noqa: E402

HERE = pathlib.Path(__file__).parent
WORK = HERE.parent.parent / "build" / "training"
PROCESSES = 2                      # that render; then one trains each model
SEED = 20240917
CLIPS = 300
STEPS = {"intrusion": 1500, "activity": 6000}
BATCH = {"intrusion": 96, "activity": 32}
RATE = 2.5e-3                      # the greatest learning rate
HELD_OUT = 0.1                     # share of the clips that only the report sees
WINDOW = 8
PERSON_SHARE = 0.3                 # somebody with less of the body in the region teaches nothing
EACH_WEIGHT = 1.0                  # of the loss of single frames against that of the window
DUMPING = dataset.LABELS.index("dumping")
# How often a window of each group is shown. `carrying` is whoever passes or stands with a bucket,
# dumpers on their way among them; `empty` ends with nobody in the region.
SHARES = {"dumping": 0.32, "carrying": 0.24, "standing": 0.12, "passing": 0.10, "empty": 0.06,
          "sweeping": 0.09, "playing": 0.07}
HARD_SHARE = 0.25                  # of a batch: the windows most taken for a dumping,
HARD_STEPS = 250                   # looked up this often
SCORED = 64                        # windows at once
HARD_LOOKED_AT, HARD_FOUND, HARD_KEPT = 1600, 160, 480

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

    def __init__(self, folder, clips):
        self.frames, boxes, self.labels, self.shares, self.buckets = dataset.load(folder, clips)
        self.boxes = torch.tensor(boxes, dtype=torch.float32)
        self.training = int(clips * (1 - HELD_OUT))
        self.rng = np.random.default_rng(SEED)

    def windows(self, clips, replays):
        """Of every window the clip, and the indices of its frames."""
        found = [(clip, window) for clip in clips for _ in range(replays)
                 for window in dataset.windows(self.shares[clip], self.labels[clip], self.rng)]
        clip, window = zip(*found)
        return np.array(clip), np.array(window)

    def groups(self, clips, windows):
        """The rows of the windows that belong to each of SHARES, by their last frame."""
        last = clips, windows[:, -1]
        names = np.array(dataset.LABELS)[self.labels[last]]
        idle = np.isin(names, ("passing", "standing"))
        names[idle & self.buckets[last]] = "carrying"
        names[self.shares[last] == 0] = "empty"
        return {name: np.flatnonzero(names == name) for name in SHARES}

    def batch(self, clips, windows, share=1.0):
        order = clips[:, None]
        return vary(torch.from_numpy(self.frames[order, windows]), self.boxes[clips], share)

    def each(self, clips, windows):
        """The label of each frame of windows; UNSURE where there is none."""
        return torch.from_numpy(self.labels[clips[:, None], windows]).long()


def rate(step, steps):
    """Warms up over a twentieth, then falls along a cosine."""
    rise = min(1.0, (step + 1) / (0.05 * steps))
    return RATE * rise * 0.5 * (1 + np.cos(np.pi * min(1.0, step / steps)))


def loss_of(network, x, y, each=None):
    if each is None:
        return F.cross_entropy(network(x), y, label_smoothing=0.02)
    whole, frames = network.both(x)
    return (F.cross_entropy(whole, y, label_smoothing=0.02)
            + EACH_WEIGHT * F.cross_entropy(frames, each, ignore_index=dataset.UNSURE))


def fit(network, steps, draw, name):
    """`draw(step)` gives the next batch: inputs, labels, labels of single frames or None."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    begun, losses = time.monotonic(), []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps)
        batch = draw(step)
        network.train()
        loss = loss_of(network, *batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
        if step % 50 == 49:
            print(f"{name}: step {step + 1}/{steps}, loss {np.mean(losses[-50:]):.3f}, "
                  f"{time.monotonic() - begun:.0f} s", flush=True)
    network.eval()


def train_intrusion(data, steps):
    """Is anybody there? Half of each batch is background."""
    rng = np.random.default_rng(SEED + 1)
    shares = data.shares[:data.training]
    person, nobody = np.argwhere(shares >= PERSON_SHARE), np.argwhere(shares == 0)
    half = BATCH["intrusion"] // 2
    y = torch.tensor([1] * half + [0] * half)

    def draw(_):
        rows = np.concatenate([person[rng.integers(len(person), size=half)],
                               nobody[rng.integers(len(nobody), size=half)]])
        return data.batch(rows[:, 0], rows[:, 1:])[:, 0], y, None

    network = Intrusion()
    fit(network, steps, draw, "intrusion")
    right = {0: [], 1: []}
    with torch.no_grad():
        for clip in range(data.training, len(data.shares)):
            shares = data.shares[clip]
            for truth, chosen in ((1, shares >= PERSON_SHARE), (0, shares == 0)):
                rows = np.flatnonzero(chosen)[::5]
                if len(rows):
                    x = data.batch(np.full(len(rows), clip), rows[:, None])[:, 0]
                    right[truth] += (network(x).argmax(1) == truth).tolist()
    print(f"intrusion, held-out clips, varied: person {np.mean(right[1]):.3f}, "
          f"background {np.mean(right[0]):.3f}")
    return network


def scores(network, data, clips, windows):
    """What the network gives each window: (n, labels)."""
    network.eval()
    parts = np.array_split(np.arange(len(clips)), -(-len(clips) // SCORED))
    with torch.no_grad():
        return torch.cat([network(data.batch(clips[part], windows[part])).softmax(1)
                          for part in parts]).numpy()


def train_activity(data, steps):
    rng = np.random.default_rng(SEED + 2)
    clips, windows = data.windows(range(data.training), 3)
    groups = data.groups(clips, windows)
    labels = data.labels[clips, windows[:, -1]]
    print("windows:", {name: len(rows) for name, rows in groups.items()})
    others = np.flatnonzero(labels != DUMPING)
    hard = []
    network = Activity(len(dataset.LABELS))
    names, shares = list(SHARES), list(SHARES.values())
    count = BATCH["activity"]

    def look_up():
        """Finds, among windows drawn at random, the ones most taken for a dumping."""
        rows = rng.choice(others, min(HARD_LOOKED_AT, len(others)), replace=False)
        found = scores(network, data, clips[rows], windows[rows])[:, DUMPING]
        best = np.argsort(-found, kind="stable")[:HARD_FOUND]
        hard.extend(rows[best])
        del hard[:-HARD_KEPT]
        print(f"activity: hardest of {len(rows)} others score {found[best[0]]:.2f}, "
              f"{found[best[-1]]:.2f} at rank {len(best)}", flush=True)

    def draw(step):
        if step and step % HARD_STEPS == 0:
            look_up()
        drawn = rng.choice(len(names), count, p=shares)
        rows = np.array([rng.choice(groups[names[group]]) for group in drawn])
        if hard:
            fresh = int(count * HARD_SHARE)
            rows[:fresh] = rng.choice(hard, fresh)
        share = min(1.0, 0.3 + 2.5 * step / steps)   # easy crops first
        return (data.batch(clips[rows], windows[rows], share),
                torch.from_numpy(labels[rows]).long(), data.each(clips[rows], windows[rows]))

    fit(network, steps, draw, "activity")
    report(network, data)
    return network


def report(network, data):
    """What is found in windows of clips that training left out."""
    clips, windows = data.windows(range(data.training, len(data.shares)), 1)
    clips, windows = clips[::3], windows[::3]
    found = scores(network, data, clips, windows)
    labels = data.labels[clips, windows[:, -1]]
    for name, rows in data.groups(clips, windows).items():
        if len(rows):
            print(f"activity, held-out clips, varied: {name:9} "
                  f"{(found[rows].argmax(1) == labels[rows]).mean():.3f} right, "
                  f"{(found[rows, DUMPING] > 0.6).mean():.3f} score above 0.6 as dumping "
                  f"({len(rows)})")


def export(network, folder, shape, labels, last=""):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    torch.onnx.export(network, torch.zeros(shape), str(path), opset_version=17,
                      input_names=["input"], output_names=["logits"])
    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    (folder / "model.yaml").write_text(MODEL_YAML.format(last=last, labels=", ".join(labels)))
    print(f"{path}: {path.stat().st_size} bytes, IR {model.ir_version}, "
          f"opset {model.opset_import[0].version}")


def settle():
    """Makes this process give the same weights each time."""
    torch.set_num_threads(1)       # sums of floats depend on how threads split them
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)


def make_intrusion(options):
    settle()
    data = Data(options.work, options.clips)
    network = train_intrusion(data, options.steps or STEPS["intrusion"])
    export(network, options.models / "intrusion", (1, 3, SIDE, SIDE), ("background", "person"))


def make_activity(options):
    settle()
    data = Data(options.work, options.clips)
    network = train_activity(data, options.steps or STEPS["activity"])
    export(network, options.models / "activity", (1, WINDOW, 3, SIDE, SIDE), dataset.LABELS, LAST)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, default=WORK)
    parser.add_argument("--models", type=pathlib.Path, default=HERE / "models",
                        help="where the models go")
    parser.add_argument("--clips", type=int, default=CLIPS)
    parser.add_argument("--steps", type=int, help="of each training instead of its own number")
    options = parser.parse_args()
    dataset.build(options.work, options.clips, PROCESSES)
    with multiprocessing.Pool(PROCESSES) as pool:
        makers = make_activity, make_intrusion
        for made in [pool.apply_async(maker, (options,)) for maker in makers]:
            made.get()


if __name__ == "__main__":
    main()
