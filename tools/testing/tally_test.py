"""Tests of tally.py."""

import os
import tempfile
import unittest

import tally

CTEST = """<testsuite name="x" tests="4">
<testcase name="base.Text.cuts" status="run"><system-out>ok</system-out></testcase>
<testcase name="base.Text.joins" status="fail"><failure message=""/></testcase>
<testcase name="media.File.opens" status="notrun">
<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
<system-out>[ RUN      ] File.opens
a/b_test.cc:12: Skipped
WEIR_DATA is not set

[  SKIPPED ] File.opens (0 ms)</system-out></testcase>
<testcase name="gone" status="notrun"/>
</testsuite>"""


class TallyTest(unittest.TestCase):
    def tally(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "dev.xml")
            if text is not None:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            return tally.tally(path)

    def test_counts_each_case_once(self):
        result = self.tally(CTEST)
        self.assertEqual(result.passed, ["dev: base.Text.cuts"])
        self.assertEqual(result.failed, ["dev: base.Text.joins", "dev: gone"])
        self.assertEqual(result.skipped, [("dev: media.File.opens", "WEIR_DATA is not set")])

    def test_a_part_without_results_is_a_failure(self):
        self.assertEqual(len(self.tally(None).failed), 1)
        self.assertEqual(len(self.tally("<testsu").failed), 1)

    def test_a_part_that_ran_no_test_is_a_failure(self):
        self.assertEqual(self.tally("<testsuite/>").failed, ["dev: it ran no test"])

    def test_reason_of_a_skip_by_unittest(self):
        case = '<testsuite><testcase name="t"><skipped message="no ffmpeg"/></testcase></testsuite>'
        self.assertEqual(self.tally(case).skipped, [("dev: t", "no ffmpeg")])


if __name__ == "__main__":
    unittest.main()
