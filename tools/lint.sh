#!/bin/bash
# clang-tidy on one file with the flags of the dev build: `tools/lint.sh FILE.cc`; see ./dev lint.
# The compile commands are g++'s; clang is told to pass over warning options that only g++ knows.
echo "lint $1"
exec clang-tidy-19 --quiet -p build/dev --extra-arg=-Wno-unknown-warning-option "$1" \
  2> >(grep -v 'warnings\? generated\|^Suppressed\|^Use -header' >&2)
