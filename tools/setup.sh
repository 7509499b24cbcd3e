#!/bin/bash
# Installs what Weir is built and tested with, on Debian 12: `tools/setup.sh [--training]`. Called by ./dev.
# It may run any number of times; when nothing is missing it takes a blink and touches nothing.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "$0")/.." && pwd)

main() {
  local groups=(core)
  case "${1-}" in
    "") ;;
    --training) groups+=(training) ;;
    *) echo "setup: unknown option $1, expected --training" >&2; return 2 ;;
  esac
  install_packages "${groups[@]}"
  onnxruntime_fetch
}

# Packages of the named groups in tools/packages.txt: lines "[group]", then names, with # comments.
packages_of() {
  awk -v wanted=" $* " '
    { sub(/#.*/, "") }
    /^\[.*\]/ { group = substr($1, 2, length($1) - 2); next }
    index(wanted, " " group " ") { for (i = 1; i <= NF; i++) print $i }' "$root/tools/packages.txt"
}

missing_packages() {
  local wanted; mapfile -t wanted < <(packages_of "$@")
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null | awk '$1 == "ii" { print $2 }' | sort -u)
}

install_packages() {
  local missing; mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
  step "Debian's package lists" "${apt[@]}" update
  step "${#missing[@]} packages of tools/packages.txt" "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"
}

# step WHAT COMMAND…: says what is done and, every two seconds, that it still is; shows the command's output only if it fails.
step() {
  local what=$1; shift
  local output; output=$(mktemp)
  printf 'setup: %s ' "$what" >&2
  (while sleep 2; do printf '.' >&2; done) &
  local ticker=$!
  local status=0
  "$@" > "$output" 2>&1 &  # in the background, since `set -e` is off within anything that || follows
  wait $! || status=$?
  kill "$ticker"; wait "$ticker" 2>/dev/null || true
  if [ "$status" = 0 ]; then echo " done" >&2; else echo " failed" >&2; cat "$output" >&2; fi
  rm -f "$output"
  return "$status"
}

source "$root/tools/onnxruntime.sh"
main "$@"
