"""What the benchmark `alert` makes of a scenario and of alerts."""

import unittest

import alert
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


class App(unittest.TestCase):
    def test_every_frame_alerts(self):
        self.assertIn("gap: 1ms", alert.alerting_on_every_frame("- alert: {gap: 10s}"))
        with self.assertRaises(alert.live.Failure):
            alert.alerting_on_every_frame("- alert: {}")


if __name__ == "__main__":
    unittest.main()
