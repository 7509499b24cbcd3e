"""Runs every *_test.py of tools, bench and examples, and writes the results as JUnit XML.

usage: python_tests.py RESULTS.xml

Each file runs in a process of its own, so that modules of one name in different folders do not
meet.
"""

import os
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as ET

FOLDERS = ("tools", "bench", "examples")  # those of tests/ need built programs: CTest runs them
FILE_DEADLINE_S = 600


def main(results):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    suite = ET.Element("testsuite", name="python")
    for path in test_files(root):
        part = results + ".part"
        print(f"python: {os.path.relpath(path, root)}", flush=True)
        try:
            subprocess.run(
                [sys.executable, os.path.abspath(__file__), "--file", path, part],
                cwd=root,
                timeout=FILE_DEADLINE_S,
                check=True,
            )
            suite.extend(ET.parse(part).getroot())
            os.remove(part)
        except (subprocess.SubprocessError, OSError, ET.ParseError) as error:
            case = ET.SubElement(suite, "testcase", name=os.path.relpath(path, root))
            ET.SubElement(case, "failure", message=str(error))
    ET.ElementTree(suite).write(results)
    return 1 if suite.find("testcase/failure") is not None else 0


def test_files(root):
    for folder in FOLDERS:
        for where, folders, files in os.walk(os.path.join(root, folder)):
            folders.sort()
            for name in sorted(files):
                if name.endswith("_test.py"):
                    yield os.path.join(where, name)


def run_file(path, results):
    """Runs the tests of one file. Failures are in the results; the exit code only says it ran."""
    sys.path.insert(0, os.path.dirname(path))
    suite = ET.Element("testsuite")
    tests = unittest.defaultTestLoader.loadTestsFromName(os.path.basename(path)[:-3])
    unittest.TextTestRunner(resultclass=lambda *args: Recorder(suite, *args)).run(tests)
    ET.ElementTree(suite).write(results)


class Recorder(unittest.TextTestResult):
    """Adds a JUnit testcase for each test to `suite`."""

    def __init__(self, suite, *args):
        super().__init__(*args)
        self.suite = suite
        self.case = None  # of the running test; None while setUpClass and the like run

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.case = ET.SubElement(self.suite, "testcase", name=test.id())

    def stopTest(self, test):
        self.case.set("time", f"{time.monotonic() - self.started:.3f}")
        self.case = None
        super().stopTest(test)

    def addError(self, test, err):
        super().addError(test, err)
        self.fail(test, self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.fail(test, self.failures[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.fail(subtest, self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        ET.SubElement(self.testcase_of(test), "skipped", message=reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.fail(test, "passed, though it is marked as expected to fail")

    def fail(self, test, message):
        ET.SubElement(self.testcase_of(test), "failure", message=message)

    def testcase_of(self, test):
        if self.case is None:
            return ET.SubElement(self.suite, "testcase", name=test.id())
        return self.case


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--file":
        run_file(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 2:
        sys.exit(main(os.path.abspath(sys.argv[1])))
    else:
        sys.exit(__doc__)
