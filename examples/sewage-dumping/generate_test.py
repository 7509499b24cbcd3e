"""What the generator promises: the same pictures from the same seed, and a truth that is true."""

import dataclasses
import json
import pathlib
import re
import tempfile
import unittest

import numpy as np

import generate
from scenes import acts, families
from scenes.camera import HEIGHT, WIDTH
from scenes.script import DUMPING_GAP_S
from scenes.street import FPS, Street

HERE = pathlib.Path(__file__).parent


class SameSeed(unittest.TestCase):
    def test_gives_the_same_bytes(self):
        for family in families.FAMILIES:
            first, second = (Street(family, 7, 20.0) for _ in range(2))
            for index in (0, 60, 131):
                self.assertEqual(first.frame(index).tobytes(), second.frame(index).tobytes())

    def test_another_seed_gives_other_bytes(self):
        self.assertNotEqual(Street("seen", 7, 20.0).frame(0).tobytes(),
                            Street("seen", 8, 20.0).frame(0).tobytes())

    def test_a_frame_does_not_depend_on_those_before_it(self):
        street = Street("seen", 9, 20.0)
        alone = street.frame(40).tobytes()
        for index in range(30, 40):
            street.frame(index)
        self.assertEqual(street.frame(40).tobytes(), alone)


class Window(unittest.TestCase):
    def test_shows_what_the_whole_picture_shows(self):
        whole, part = (Street("unseen", 3, 30.0, window=window) for window in (None, "region"))
        left, top, right, bottom = part.window
        for index in (50, 120):
            cut = whole.frame(index)[top:bottom, left:right].astype(int)
            difference = np.abs(cut - part.frame(index).astype(int))
            self.assertLess(difference.mean(), 3 * whole.light.noise)


class Truth(unittest.TestCase):
    def test_an_event_is_the_time_in_which_a_bucket_is_tilted(self):
        tilted = 0
        for seed in range(12):
            street = Street("seen", seed, 50.0)
            for actor in street.actors:
                for start, end in actor.tilting():
                    self.assertGreater(lean(actor, 0.5 * (start + end)), 80)
                    self.assertLess(lean(actor, start - 0.05), 10)
                    self.assertLess(lean(actor, end + 0.9), 30)
                    tilted += 1
        self.assertGreater(tilted, 8)

    def test_only_a_dumper_pours(self):
        for seed in range(4):
            street = Street("unseen", seed, 30.0)
            events = street.truth("x")["events"]
            for index in range(0, 300, 2):
                t = index / FPS
                pours = any(moment.pour > 0 for actor in street.actors
                            if (moment := actor.at(t)) is not None)
                inside = any(e["start"] - 0.01 <= t <= e["end"] + 0.01 for e in events)
                self.assertFalse(pours and not inside, f"seed {seed}, {t} s")

    def test_dumpings_of_a_clip_lie_apart(self):
        for family in families.FAMILIES:
            for seed in range(40):
                events = [span for actor in quick(family, seed).actors for span in actor.tilting()]
                for (_, end), (start, _) in zip(sorted(events), sorted(events)[1:]):
                    self.assertGreaterEqual(start - end, DUMPING_GAP_S)

    def test_who_dumps_is_in_the_region(self):
        for family in families.FAMILIES:
            for seed in range(12):
                street = quick(family, seed)
                for actor in street.actors:
                    for start, end in actor.tilting():
                        self.assertGreater(street.inside(actor, actor.at(0.5 * (start + end))), 0.8)

    def test_every_kind_of_act_occurs(self):
        found = set()
        for seed in range(12):
            found |= {act["kind"] for act in quick("seen", seed).truth("x")["acts"]}
        self.assertEqual(found | {"dumping"}, set(acts.KINDS))


class Families(unittest.TestCase):
    def test_share_nothing(self):
        self.assertEqual(families.shared_values(families.SEEN, families.UNSEEN), [])

    def test_overlaps_would_be_found(self):
        self.assertEqual(len(families.shared_values(families.SEEN, families.SEEN)),
                         len(dataclasses.fields(families.Family)))


class Demo(unittest.TestCase):
    def test_has_the_drains_of_the_application(self):
        text = (HERE / "app.yaml").read_text()
        stated = dict(
            re.findall(r"name: (camera-\d)\n(?:.*\n)*?attributes: \{drain: (\[.*\])\}", text)
        )
        self.assertEqual(set(stated), set(generate.DEMO))
        for camera, drain in stated.items():
            region = generate.demo_street(camera).region
            self.assertEqual(json.loads(drain), region.tolist())

    def test_stages_dumpings_and_other_acts_on_both_cameras(self):
        total = 0
        for camera in generate.DEMO:
            truth = generate.demo_street(camera).truth("x")
            spans = [(e["start"], e["end"]) for e in truth["events"]]
            total += len(spans)
            self.assertGreaterEqual(len(spans), 2)
            self.assertGreaterEqual(len({act["kind"] for act in truth["acts"]}), 3)
            for (_, end), (start, _) in zip(spans, spans[1:]):
                self.assertGreaterEqual(start - end, DUMPING_GAP_S)
        self.assertIn(total, (4, 5, 6))


class Clip(unittest.TestCase):
    def test_truth_names_the_clip_and_its_acts(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder)
            generate.write([("clip-000", Street("seen", 5, 12.0))], out)
            entry = json.loads((out / "truth.json").read_text())["cameras"]["clip-000"]
            self.assertTrue((out / entry["clip"]).stat().st_size > 10_000)
            self.assertEqual((entry["fps"], entry["seconds"]), (FPS, 12.0))
            self.assertEqual((WIDTH, HEIGHT), (640, 360))


def quick(family, seed):
    """A scene of which only the script matters: nothing is painted before the first frame."""
    return Street(family, seed, 50.0)


def lean(actor, t):
    """How far the actor's bucket is tilted at t, degrees."""
    low, high = actor.at(t).held["bucket"]
    axis = (high - low) / np.linalg.norm(high - low)
    return float(np.degrees(np.arccos(np.clip(axis[1], -1, 1))))


if __name__ == "__main__":
    unittest.main()
