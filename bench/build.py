"""What a developer waits for: a cold `dev` build, and the edit of one file until its test has run.

usage: build.py [--json] [--rounds N] [--module NAME]...

Works on a copy of the checkout in a scratch folder, without ccache, with as many jobs as there are
cores. For the second figure it edits, in each module, the longest source that has a test, builds
that module's test program and runs the tests of the file; its values are those of the modules.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import report

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COLD_GOAL = "< 240"
EDIT_GOAL = "< 10"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, too")
    parser.add_argument("--rounds", type=int, default=1, help="cold builds (default 1)")
    parser.add_argument("--module", action="append", help="modules to edit (default all)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weir-build-") as scratch:
        copy_checkout(scratch)
        cold = [cold_build_s(scratch) for _ in range(options.rounds)]
        edits = edit_to_test_s(scratch, options.module)
    report.show(
        "build",
        [
            report.figure(f"cold dev build, {os.cpu_count()} cores", cold, "s", COLD_GOAL),
            report.figure("edit of one file to its test", list(edits.values()), "s", EDIT_GOAL),
            report.figure(
                f"the slowest of them, {max(edits, key=edits.get)}",
                [max(edits.values())],
                "s",
                EDIT_GOAL,
            ),
        ],
        options.json,
    )


def copy_checkout(scratch):
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for path in filter(None, listed.split("\0")):
        if os.path.isfile(os.path.join(ROOT, path)):
            os.makedirs(os.path.join(scratch, os.path.dirname(path)), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, path), os.path.join(scratch, path))


def run(scratch, *command):
    """Runs quietly; what it printed is shown only if it fails."""
    done = subprocess.run(
        command,
        cwd=scratch,
        env={**os.environ, "CCACHE_DISABLE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")


def build(scratch, *targets):
    run(scratch, "ninja", "-C", "build/dev", "-j", str(os.cpu_count()), *targets)


def cold_build_s(scratch):
    shutil.rmtree(os.path.join(scratch, "build"), ignore_errors=True)
    print("cold dev build ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    run(scratch, "cmake", "--preset", "dev")
    build(scratch)
    return time.monotonic() - started


def edit_to_test_s(scratch, modules):
    """{file: seconds}, one file a module."""
    spent = {}
    for module, source in sources_to_edit(scratch, modules).items():
        name = os.path.relpath(source, scratch)
        print(f"edit of {name} ...", file=sys.stderr, flush=True)
        suites = suites_of(source[:-3] + "_test.cc")
        with open(source, "a", encoding="utf-8") as file:
            file.write("\n// Edited by the benchmark.\n")
        started = time.monotonic()
        build(scratch, f"{module}_test")
        run(
            scratch,
            f"build/dev/bin/{module}_test",
            "--gtest_filter=" + ":".join(f"{s}.*" for s in suites),
        )
        spent[name] = time.monotonic() - started
    return spent


def sources_to_edit(scratch, modules):
    """The longest source with a test beside it, of each module."""
    found = {}
    for where, _, files in sorted(os.walk(os.path.join(scratch, "src"))):
        module = os.path.relpath(where, os.path.join(scratch, "src")).split(os.sep)[0]
        for name in files:
            source = os.path.join(where, name)
            if name.endswith(".cc") and os.path.exists(source[:-3] + "_test.cc"):
                if modules is None or module in modules:
                    found[module] = max(found.get(module, source), source, key=os.path.getsize)
    if not found:
        sys.exit(f"no source with a test beside it in {' '.join(modules or ['src'])}, expected one")
    return found


def suites_of(test):
    with open(test, encoding="utf-8") as file:
        return sorted(set(re.findall(r"^\s*TEST(?:_[FP])?\(\s*(\w+)", file.read(), re.MULTILINE)))


if __name__ == "__main__":
    main()
