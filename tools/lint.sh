#!/bin/bash
# clang-tidy on one file with the flags of the dev build: `tools/lint.sh FILE.cc`; see ./dev lint.
echo "lint $1"
exec clang-tidy-19 --quiet -p build/dev "$1" \
  2> >(grep -v 'warnings\? generated\|^Suppressed\|^Use -header' >&2)
