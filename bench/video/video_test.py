"""What the benchmark `video` makes of CPU times."""

import unittest

import video


class Figures(unittest.TestCase):
    def by_name(self, *rounds):
        return {figure["what"]: figure for figure in video.figures(rounds, 100)}

    def test_a_machine_that_slows_down_steadily_weighs_on_both_alike(self):
        found = self.by_name({"plain": [1.0, 4.0], "weir": [2.0, 3.0]},
                             {"weir": [5.0, 8.0], "plain": [6.0, 7.0]})
        ratio = found["CPU time of weir against the plain loop"]
        self.assertEqual((ratio["min"], ratio["max"]), (1, 1))

    def test_times_are_told_a_frame_and_of_the_quickest(self):
        found = self.by_name({"plain": [2.0, 4.0], "weir": [3.0, 3.0]})
        self.assertEqual(found["quickest run of each"]["median"], 1.5)
        self.assertEqual((found["plain loop"]["min"], found["plain loop"]["max"]), (20, 40))
        self.assertEqual(found["weir"]["unit"], "ms a frame")


if __name__ == "__main__":
    unittest.main()
