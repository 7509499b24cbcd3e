"""What the benchmark `alert` makes of a scenario and of alerts."""

import unittest

import alert
import live
from live import NS, Alert


UPLINK_MS = 5


def committed_after(latency_ms, share_ms):
    ms = NS // 1000
    raised = NS + (latency_ms - UPLINK_MS) * ms
    return Alert(1, "camera-1", "", "", NS, raised - share_ms * ms, raised, NS + latency_ms * ms)


class Figures(unittest.TestCase):
    def test_percentiles_are_taken_in_a_round_and_the_median_over_rounds(self):
        rounds = [[committed_after(100 + i, 10) for i in range(100)],
                  [committed_after(200 + i, 20) for i in range(100)],
                  [committed_after(300 + i, 60) for i in range(100)]]
        by_name = {figure["what"]: figure for figure in alert.figures(rounds)}
        latency = by_name["frame to commit, p95"]
        self.assertEqual((latency["min"], latency["median"], latency["max"]), (194, 294, 394))
        self.assertTrue(latency["holds"])
        share = by_name["pipeline share, p95"]
        self.assertEqual((share["median"], share["max"], share["unit"]), (20, 60, "ms"))
        self.assertIsNone(by_name["pipeline share, p50"]["holds"])
        self.assertEqual(by_name["node to commit, p95"]["median"], UPLINK_MS)


    def test_what_weir_adds_is_what_the_network_does_not_take(self):
        alerts = [committed_after(6100, 2050)] * 30
        by_name = {figure["what"]: figure for figure in alert.distant_figures([alerts])}
        self.assertEqual(by_name["distant: frame to commit, p95"]["median"], 6100)
        self.assertEqual(by_name["distant: added to the way, p95"]["median"], 2100)
        self.assertEqual(by_name["distant: round trips, node to commit"]["median"],
                         UPLINK_MS / 2000)


class Scenarios(unittest.TestCase):
    def test_are_repeated_as_a_whole(self):
        once = live.Scenario("folder", {"camera-1": {"clip": "a,b", "seconds": 9.0}})
        self.assertEqual(alert.repeated(once, 2).truth,
                         {"camera-1": {"clip": "a,b,a,b", "seconds": 18.0}})


class App(unittest.TestCase):
    def test_another_gap_is_put_in_once(self):
        self.assertIn("gap: 1ms", alert.with_gap("- alert: {gap: 10s}", "1ms"))
        with self.assertRaises(live.Failure):
            alert.with_gap("- alert: {}", "1ms")

    def test_cameras_get_time_to_connect(self):
        self.assertEqual(alert.patient("connect: {host: a}"),
                         "connect: {connect_timeout: 60s, host: a}")


if __name__ == "__main__":
    unittest.main()
