"""Tests of report.py."""

import contextlib
import io
import json
import unittest

import report


class ReportTest(unittest.TestCase):
    def test_the_median_decides(self):
        self.assertTrue(report.figure("x", [1.0, 1.02, 9.0], "ratio", "<= 1.03")["holds"])
        self.assertFalse(report.figure("x", [1.0, 1.04, 1.05], "ratio", "<= 1.03")["holds"])
        self.assertTrue(report.figure("x", [1.03], "ratio", "<= 1.03")["holds"])
        self.assertFalse(report.figure("x", [1.03], "ratio", "< 1.03")["holds"])
        self.assertTrue(report.figure("x", [4e6], "records/s", ">= 3000000")["holds"])

    def test_a_figure_without_goal_only_informs(self):
        figure = report.figure("x", [3, 1, 2], "ms")
        self.assertEqual((figure["median"], figure["min"], figure["max"]), (2, 1, 3))
        self.assertIsNone(figure["holds"])

    def test_the_interval_of_a_median_leaves_out_as_many_as_coin_flips_allow(self):
        # Of 12 flips, 2 or fewer heads have the probability 0.019, 3 or fewer 0.073.
        self.assertEqual(report.median_interval(range(12, 0, -1)), (3, 10))
        self.assertEqual(report.median_interval(range(1, 10)), (2, 8))
        self.assertEqual(report.median_interval([3, 1, 2]), (1, 3))
        self.assertEqual(report.median_interval([7]), (7, 7))

    def test_no_values_are_no_figure(self):
        with self.assertRaises(ValueError):
            report.figure("x", [], "ms")

    def test_json_is_the_last_line(self):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            report.show("video", [report.figure("share", [5], "ms", "< 50")], as_json=True)
        last = json.loads(output.getvalue().splitlines()[-1])
        self.assertEqual(last["name"], "video")
        self.assertEqual(
            list(last["figures"][0]), ["what", "median", "min", "max", "unit", "goal", "holds"]
        )


if __name__ == "__main__":
    unittest.main()
