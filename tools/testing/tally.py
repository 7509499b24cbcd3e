"""Sums the JUnit results of all parts of a test run, names what failed and why tests were skipped.

usage: tally.py RESULTS.xml...

The last line is "N passed, N failed, N skipped". A part that left no results, or ran no test,
counts as one failure: what could not be built must not look as if it passed. Exit code 1 if
anything failed.
"""

import collections
import os
import re
import sys
import xml.etree.ElementTree as ET

Tally = collections.namedtuple("Tally", "passed failed skipped")  # names; names; (name, reason)


def main(paths):
    total = Tally([], [], [])
    for path in paths:
        for sum_of_all, of_part in zip(total, tally(path)):
            sum_of_all.extend(of_part)
    print()
    reasons = collections.defaultdict(list)
    for name, reason in total.skipped:
        reasons[reason].append(name)
    for reason, names in reasons.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        print(f"skipped: {', '.join(names[:3])}{more}: {reason}")
    for name in total.failed:
        print(f"failed: {name}")
    print(f"{len(total.passed)} passed, {len(total.failed)} failed, {len(total.skipped)} skipped")
    return 1 if total.failed else 0


def tally(path):
    part = os.path.splitext(os.path.basename(path))[0]
    result = Tally([], [], [])
    try:
        cases = ET.parse(path).getroot().findall(".//testcase")
    except (OSError, ET.ParseError):
        result.failed.append(f"{part}: it was not built or did not run, see above")
        return result
    if not cases:
        result.failed.append(f"{part}: it ran no test")
    for case in cases:
        name = f"{part}: {case.get('name')}"
        if case.find("skipped") is not None:
            result.skipped.append((name, reason_of_skip(case)))
        elif case.find("failure") is not None or case.get("status") in ("fail", "notrun"):
            result.failed.append(name)
        else:
            result.passed.append(name)
    return result


def reason_of_skip(case):
    """unittest gives the reason itself; GoogleTest prints it on the line after "...: Skipped"; a
    test that is a program of its own says it on its last line."""
    output = (case.findtext("system-out") or "").strip()
    googletest = re.search(r": Skipped\n(.+)", output)
    if googletest:
        return googletest.group(1).strip()
    if output and "[  SKIPPED ]" not in output:
        return output.splitlines()[-1].strip()
    message = case.find("skipped").get("message")
    return message if message and "REGULAR_EXPRESSION" not in message else "no reason given"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
