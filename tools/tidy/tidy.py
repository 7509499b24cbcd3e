"""Checks the rules of STYLE.md that a program can check, over every file of the repository.

usage: tidy.py [--shrink] [ROOT]

Prints one line a finding, "file:line: what, expected what"; exit code 1 if there is any. --shrink
brings exceptions.txt down to today's sizes first. The rules are in rules.py and includes.py, their
tables here.
"""

import os
import subprocess
import sys

import rules
from repository import Repository


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    shrink = "--shrink" in arguments
    roots = [argument for argument in arguments if argument != "--shrink"]
    root = roots[0] if roots else os.path.dirname(os.path.dirname(here))
    repository = Repository(root, files_of(root), here)
    if shrink:
        rules.shrink_exceptions(repository)
    findings = sorted(set(rules.check(repository)))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def files_of(root):
    """What git would commit: tracked files and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(
        path
        for path in set(listed.split("\0"))
        if path and os.path.isfile(os.path.join(root, path))
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
