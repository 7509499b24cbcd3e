"""How alerts are judged against what was staged."""

import json
import pathlib
import tempfile
import types
import unittest

import demo
import live
from live import NS, Alert, Scenario, judge, percentile, unix_ns

START = 1_800_000_000 * NS
FIRST_FRAMES = {"camera-1": START, "camera-2": START + NS // 2}
STAGED = Scenario(pathlib.Path("."), {
    "camera-1": {"seconds": 40.0, "acts": [{"kind": "sweeping", "start": 1.0, "end": 3.0}],
                 "events": [{"kind": "dumping", "start": 10.0, "end": 14.0}]},
    "camera-2": {"seconds": 30.0, "acts": [],
                 "events": [{"kind": "dumping", "start": 20.0, "end": 22.0}]},
})


def alert(device, seconds):
    at = FIRST_FRAMES[device] + int(seconds * NS)
    return Alert(1, device, "sewage dumping", "", at, at + NS // 10, at + NS // 5, at + NS // 4)


class Judge(unittest.TestCase):
    def verdict(self, *alerts):
        return judge(STAGED, FIRST_FRAMES, alerts)

    def test_one_alert_an_event_is_perfect(self):
        alerts = [alert("camera-1", 11), alert("camera-2", 20.5)]
        verdict = self.verdict(*alerts)
        self.assertTrue(verdict.perfect)
        self.assertEqual((verdict.staged, verdict.right, verdict.missed), (2, alerts, []))

    def test_two_seconds_around_the_event_belong_to_it(self):
        for seconds in (8.0, 16.0):
            self.assertEqual(len(self.verdict(alert("camera-1", seconds)).right), 1)
        for seconds in (7.9, 16.1):
            verdict = self.verdict(alert("camera-1", seconds))
            self.assertEqual((len(verdict.right), len(verdict.wrong)), (0, 1))
            self.assertIn(("camera-1", 10.0, 14.0), verdict.missed)

    def test_the_other_camera_is_wrong(self):
        verdict = self.verdict(alert("camera-2", 11))
        self.assertEqual((verdict.right, len(verdict.wrong), len(verdict.missed)), ([], 1, 2))

    def test_two_alerts_for_one_event_are_both_wrong(self):
        verdict = self.verdict(alert("camera-1", 11), alert("camera-1", 12), alert("camera-2", 21))
        self.assertFalse(verdict.perfect)
        self.assertEqual((len(verdict.right), len(verdict.wrong), verdict.missed), (1, 2, []))

    def test_a_further_alert_spoils_it(self):
        verdict = self.verdict(alert("camera-1", 11), alert("camera-2", 21), alert("camera-2", 2))
        self.assertEqual((len(verdict.right), len(verdict.wrong)), (2, 1))
        self.assertFalse(verdict.perfect)

    def test_nothing_is_missed_where_nothing_is_raised(self):
        verdict = self.verdict()
        self.assertFalse(verdict.perfect)
        self.assertEqual(len(verdict.missed), 2)


class Reading(unittest.TestCase):
    def test_times_are_exact_to_the_nanosecond(self):
        self.assertEqual(unix_ns("1970-01-01T00:00:01Z"), NS)
        self.assertEqual(unix_ns("2026-11-22T16:28:28.123456789Z"), 1795364908123456789)
        self.assertEqual(unix_ns("2026-11-22T16:28:28.5Z"), 1795364908500000000)
        with self.assertRaises(live.Failure):
            unix_ns("2026-11-22 16:28")

    def test_an_alert_is_committed_when_the_feed_says_or_when_it_was_seen(self):
        times = {name: f"2026-11-22T16:28:2{i}Z"
                 for i, name in enumerate(("captured", "received", "raised"))}
        listed = {"number": 7, "device": "camera-1", "title": "x", "picture": "sha256:0",
                  "record": times}
        seen = unix_ns("2026-11-22T16:28:29Z")
        alert = Alert.parse(listed, "http://hub", seen)
        self.assertEqual(alert.picture, "http://hub/api/v1/alerts/7/picture")
        self.assertEqual(alert.latency_ns, 9 * NS)
        told = Alert.parse(listed | {"committed": "2026-11-22T16:28:25Z"}, "http://hub", seen)
        self.assertEqual((told.latency_ns, told.share_ns, told.uplink_ns), (5 * NS, NS, 3 * NS))
        with self.assertRaises(live.Failure):
            Alert.parse(listed | {"record": {}}, "http://hub", seen)

    def test_percentiles_are_values_that_occurred(self):
        values = [30, 10, 20, 40]
        self.assertEqual(percentile(values, 50), 20)
        self.assertEqual(percentile(values, 95), 40)
        self.assertEqual(percentile([7], 50), 7)
        self.assertIsNone(percentile([], 95))

    def test_everything_staged_is_told_in_order(self):
        self.assertEqual([kind for _, _, _, kind in STAGED.acts()],
                         ["sweeping", "dumping", "dumping"])


class Dropped(unittest.TestCase):
    def test_what_a_filter_lets_fall_is_not_lost(self):
        steps = [{"operator": "decode", "dropped": 2}, {"operator": "filter", "dropped": 70},
                 {"operator": "apply_model", "dropped": 4}]
        status = {"deployments": [{"steps": steps}], "cameras": [{"dropped": 8}]}
        self.assertEqual(live.dropped_in(status), 14)


class Faults(unittest.TestCase):
    def test_the_hub_is_gone_across_an_event_and_the_node_between_two(self):
        spans = [("camera-1", 10.0, 14.0), ("camera-2", 20.0, 24.0), ("camera-1", 36.0, 38.0),
                 ("camera-2", 55.0, 57.0)]
        scenario = types.SimpleNamespace(events=spans)
        outage, restart = demo.fault_times(scenario)
        self.assertLess(outage, 20.0)
        self.assertGreater(outage + demo.OUTAGE_S, 24.0)
        self.assertEqual(restart, 46.5)


class Clips(unittest.TestCase):
    def test_are_reused_while_the_generator_is_unchanged(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name) / "clips"
            folder.mkdir()
            (folder / "truth.json").write_text('{"cameras": {"kept": {}}}')
            (folder / "generator.sha256").write_text(live.generator_digest())
            said = []
            self.assertEqual(live.demo_clips(folder, said.append).truth, {"kept": {}})
            self.assertEqual(said, [])


if __name__ == "__main__":
    unittest.main()
