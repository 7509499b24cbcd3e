"""What the benchmark `video` makes of CPU times."""

import subprocess
import sys
import unittest

import video


class Figures(unittest.TestCase):
    def by_name(self, *rounds):
        return {figure["what"]: figure for figure in video.figures(rounds, 100)}

    def test_a_ratio_is_of_one_round(self):
        found = self.by_name({"plain": 1.0, "weir": 2.0}, {"weir": 5.0, "plain": 10.0},
                             {"plain": 4.0, "weir": 4.0})
        ratio = found["CPU time of weir against the plain loop"]
        self.assertEqual((ratio["min"], ratio["median"], ratio["max"]), (0.5, 1, 2))

    def test_times_are_told_a_frame_and_of_the_quickest(self):
        found = self.by_name({"plain": 2.0, "weir": 4.0}, {"plain": 4.0, "weir": 3.0})
        self.assertEqual(found["quickest run of each"]["median"], 1.5)
        self.assertEqual((found["plain loop"]["min"], found["plain loop"]["max"]), (20, 40))
        self.assertEqual(found["weir"]["unit"], "ms a frame")


class Turns(unittest.TestCase):
    def test_each_program_has_its_own_cpu_time(self):
        used = video.cpu_seconds_in_turns({
            "much": [sys.executable, "-c", "sum(range(20_000_000))"],
            "little": [sys.executable, "-c", ""]})
        self.assertGreater(used["much"], used["little"])
        self.assertGreater(used["little"], 0)

    def test_a_program_that_fails_is_told_and_the_other_ended(self):
        with self.assertRaises(subprocess.CalledProcessError):
            video.cpu_seconds_in_turns({"fails": [sys.executable, "-c", "raise SystemExit(3)"],
                                        "works": [sys.executable, "-c", ""]})


if __name__ == "__main__":
    unittest.main()
