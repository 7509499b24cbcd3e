#!/usr/bin/env python3
"""`weir run`, `weir eval` and `weir operators` where outputs are full, stalled, gone or one's own
input, and where the command line is odd.

usage: command_line_test.py DIR [TEST...]    DIR holds the program weir
"""

import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sim"))

from child import Child  # noqa: E402

SECONDS = 60
ROWS = 20_000
# A batch of such rows is more than a pipe holds: whoever writes one waits for its reader.
ROW = '{"a": %d, "text": "' + 200 * "x" + '"}\n'

COPY = "kind: Pipeline\nname: p\nsteps:\n  - file_input: {path: in.jsonl}\n"
ALERT = COPY + "  - alert: {title: t, gap: 0s}\n"

program = None


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.file("in.jsonl", "".join(ROW % row for row in range(ROWS)))
        self.file("p.yaml", COPY)

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def weir(self, *arguments, stdout=subprocess.PIPE):
        return subprocess.run([program, *arguments], cwd=self.folder, stdout=stdout,
                              stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False)

    def refused(self, code, expected, *arguments, **options):
        done = self.weir(*arguments, **options)
        self.assertIn(expected, done.stderr)
        self.assertEqual(done.returncode, code, done.stderr)

    def lines(self, name):
        return len((self.folder / name).read_text().splitlines())


class Outputs(CommandLine):
    def test_is_not_the_input(self):
        for name in ("in.jsonl", "./in.jsonl", "p.yaml"):
            before = (self.folder / name).read_text()
            for option in ("--output", "--metrics"):
                self.refused(1, f"{option}: {name} is what", "run", "p.yaml", option, name)
                self.assertEqual((self.folder / name).read_text(), before)

    def test_keeps_what_it_held_where_nothing_runs(self):
        self.file("precious.jsonl", "precious\n")
        self.file("bad.yaml", COPY + "  - filter: {where: \"nothing > 1\"}\n")
        self.refused(1, "bad.yaml:5:", "run", "bad.yaml", "--output", "precious.jsonl")
        self.assertEqual((self.folder / "precious.jsonl").read_text(), "precious\n")
        done = self.weir("run", "p.yaml", "--output", "precious.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.lines("precious.jsonl"), ROWS)

    def test_that_are_full_end_with_code_1(self):
        self.file("full.yaml", COPY + "  - file_output: {path: /dev/full, format: jsonl}\n")
        self.refused(1, "records could not be written deployment=p step=file_output "
                     f"records={ROWS}", "run", "full.yaml")
        self.refused(1, " records of --output were not written", "run", "p.yaml", "--output",
                     "/dev/full")
        self.file("alert.yaml", ALERT)
        with open("/dev/full", "w", encoding="utf-8") as full:
            self.refused(1, "records could not be written deployment=p step=alert", "run",
                         "alert.yaml", stdout=full)

    def test_alerts_that_can_be_no_folder_are_refused(self):
        self.file("alert.yaml", ALERT)
        self.refused(1, "--alerts: ", "run", "alert.yaml", "--alerts", "in.jsonl")

    def test_a_reader_that_leaves_takes_no_other_output_along(self):
        self.file("two.yaml", COPY + "  - file_output: {path: other.jsonl}\n")
        reader, writer = os.pipe()
        with Child([program, "run", "two.yaml", "--output", f"/dev/fd/{writer}"], cwd=self.folder,
                   pass_fds=[writer]) as run:
            os.close(writer)
            os.read(reader, 1)
            os.close(reader)
            self.assertEqual(run.wait(SECONDS), 1, run.tail())
            self.assertIn("Broken pipe", run.tail())
        self.assertEqual(self.lines("other.jsonl"), ROWS)


class Stalled(CommandLine):
    """An output whose reader does not read."""

    def setUp(self):
        super().setUp()
        self.pipe = self.folder / "pipe"
        os.mkfifo(self.pipe)

    def run_into_pipe(self):
        return Child([program, "run", "p.yaml", "--output", "pipe"], cwd=self.folder)

    def stall(self, run):
        """Until the run writes what the pipe cannot hold."""
        reader = os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.assertTrue(select.select([reader], [], [], SECONDS)[0], run.tail())

    def test_a_second_signal_ends_the_run(self):
        with self.run_into_pipe() as run:
            self.stall(run)
            run.send(signal.SIGTERM)
            run.send(signal.SIGINT)
            self.assertEqual(run.wait(SECONDS), 1)
            self.assertIn("a second signal came", run.tail())

    def test_one_signal_ends_the_run_after_its_time(self):
        with self.run_into_pipe() as run:
            self.stall(run)
            self.assertEqual(run.stop(SECONDS), 1)
            self.assertIn("records were still under way", run.tail())

    def test_a_pipe_without_a_reader_waits_for_it_or_a_signal(self):
        with self.run_into_pipe() as run:
            run.wait_for(run.stderr, lambda line: "waits for who reads" in line, SECONDS)
            self.assertEqual(run.stop(SECONDS), 1)
            self.assertIn("nobody reads the pipe", run.tail())


class Arguments(CommandLine):
    def test_an_expression_may_begin_with_a_minus(self):
        row = '{"a": 3}'
        for arguments, value in ((["-(42)"], -42), (["-a", "--row", row], -3),
                                 (["--row", row, "-a"], -3), ([f"--row={row}", "--a"], 3),
                                 (["--", "-a - -1", ], None)):
            done = self.weir("eval", *arguments)
            if value is None:
                self.assertTrue(done.stderr.startswith("1:2: "), done.stderr)
            else:
                self.assertIn(f'"value": {value}}}', done.stdout, done.stderr)
        self.refused(1, "1:2: ", "eval", "-b")

    def test_an_integer_of_a_row_keeps_its_digits(self):
        done = self.weir("eval", "a", "--row", '{"a": -9223372036854775808}')
        self.assertIn('"value": -9223372036854775808', done.stdout)
        for number in ("9223372036854775808", "123456789012345678901234567890"):
            self.refused(1, f"the row: 2:6: {number} is beyond int64", "eval", "a", "--row",
                         '{"text": "\\"123456789012345678901234567890",\n "a":%s}' % number)
        done = self.weir("eval", "a", "--row", '{"a": 123456789012345678901234567890.0}')
        self.assertIn('"double"', done.stdout)

    def test_what_cannot_be_printed_is_a_failure(self):
        for arguments in (["eval", "1"], ["operators"], ["operators", "--schema"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                self.refused(1, "cannot write standard output", *arguments, stdout=full)

    def test_a_time_is_above_0(self):
        for time in ("-5s", "0s", "soon"):
            self.refused(2, "--max-time", "run", "p.yaml", "--max-time", time)

    def test_mistakes_are_told_of_the_option_they_are_in(self):
        self.file("slot.yaml", COPY + "  - frame_rate: {rate: $rate}\n")
        self.refused(1, "slot.yaml:5:24: slot $rate of 'frame_rate' is open; expected --set rate=",
                     "run", "slot.yaml")
        self.refused(1, "--set: rate: 'rate' of 'frame_rate': expected", "run", "slot.yaml",
                     "--set", "rate=fast")
        self.refused(1, "--set: rate is set twice", "run", "slot.yaml", "--set", "rate=1",
                     "--set", "rate=2")
        self.refused(1, "--input: cannot read nope.csv", "run", "p.yaml", "--input", "nope.csv")
        self.file("empty.csv", "")
        self.refused(1, "p.yaml:4:5: file_input: ", "run", "p.yaml", "--input", "empty.csv")

    def test_a_device_that_cannot_be_started_is_refused_unless_an_input_stands_in(self):
        self.file("device.yaml",
                  "{kind: Product, name: p, properties: {a: {type: int64}}}\n---\n"
                  "{kind: Device, name: d, product: p, driver: pigeon, bind: {a: {path: /}}}\n---\n"
                  "{kind: Pipeline, name: s, steps: [{device_input: {product: p}}]}\n---\n"
                  "{kind: Deployment, name: s, pipeline: s, devices: {product: p}}\n")
        self.refused(1, "device.yaml:3:1: device d: no driver 'pigeon'", "run", "device.yaml")
        done = self.weir("run", "device.yaml", "--input", "in.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_a_file_says_does_nothing_to_a_terminal(self):
        self.file("bad.yaml", 'kind: Pipeline\nname: "a\\e[31mb"\nsteps: [demux]\n')
        self.refused(1, "a\\x1b[31mb", "check", "bad.yaml")

    def test_says_its_version(self):
        done = self.weir("--version")
        self.assertRegex(done.stdout, r"^\d+\.\d+\.\d+\n$")
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    program = str(pathlib.Path(sys.argv.pop(1)).resolve() / "weir")
    unittest.main()
