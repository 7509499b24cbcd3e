"""Whole pipelines as text: each folder of run/ is a case, named after what it shows.

    pipeline.yaml          what is run
    input.csv|input.jsonl  given with --input, where there is one
    arguments              further arguments of `weir run`, one a line, where there are any
    expected.jsonl         the records, line for line
    expected_error         lines that standard error must hold; the exit code is then 1
    expected_counters      lines `step in out dropped errors`, where they matter

Usage: run_test.py BIN_DIR
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CASES = pathlib.Path(__file__).resolve().parent / "run"
RUN_SECONDS_MAX = 60
weir = pathlib.Path(sys.argv.pop(1)).resolve() / "weir"


def lines(path):
    return [line for line in path.read_text().splitlines() if line.strip()]


class Golden(unittest.TestCase):
    """One test a case."""

    def run_case(self, case):
        with tempfile.TemporaryDirectory() as scratch:
            output, metrics = f"{scratch}/out.jsonl", f"{scratch}/metrics.json"
            command = [str(weir), "run", "pipeline.yaml", "--output", output, "--metrics", metrics,
                       "--alerts", f"{scratch}/alerts"]
            for given in sorted(case.glob("input.*")):
                command += ["--input", given.name]
            if (case / "arguments").exists():
                command += lines(case / "arguments")
            done = subprocess.run(command, cwd=case, capture_output=True, text=True,
                                  timeout=RUN_SECONDS_MAX)
            if (case / "expected_error").exists():
                for line in lines(case / "expected_error"):
                    self.assertIn(line, done.stderr)
                self.assertEqual(done.returncode, 1, done.stderr)
                if not (case / "expected.jsonl").exists():
                    return
            else:
                self.assertEqual(done.returncode, 0, done.stderr)
            records = [json.loads(line) for line in lines(pathlib.Path(output))]
            expected = [json.loads(line) for line in lines(case / "expected.jsonl")]
            self.assertEqual(records, expected, done.stderr)
            self.check_counters(case, json.loads(pathlib.Path(metrics).read_text()))

    def check_counters(self, case, metrics):
        if not (case / "expected_counters").exists():
            return
        steps = metrics["deployments"][0]["operators"]
        counted = {step["id"]: f'{step["id"]} {step["in"]} {step["out"]} {step["dropped"]} '
                               f'{step["errors"]}' for step in steps}
        for line in lines(case / "expected_counters"):
            self.assertEqual(counted.get(line.split()[0]), line)


def add_case(case):
    setattr(Golden, f"test_{case.name}", lambda self: self.run_case(case))


for folder in sorted(CASES.iterdir()):
    add_case(folder)

if __name__ == "__main__":
    unittest.main()
