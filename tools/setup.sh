#!/bin/bash
# Installs what Weir is built and tested with, on Debian 12: `tools/setup.sh [--training]`.
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
  python_fetch
}

# Packages of the named groups in tools/packages.txt: lines "[group]", then names, with # comments.
packages_of() {
  awk -v wanted=" $* " '
    { sub(/#.*/, "") }
    /^\[.*\]/ { group = substr($1, 2, length($1) - 2); next }
    index(wanted, " " group " ") { for (i = 1; i <= NF; i++) print $i }' "$root/tools/packages.txt"
}

missing_packages() {
  local wanted; mapfile -t wanted < <(packages_of "$@" | sort -u)
  local query=(dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}\n')
  comm -23 <(printf '%s\n' "${wanted[@]}") \
    <("${query[@]}" "${wanted[@]}" 2>/dev/null | awk '$1 == "ii" { print $2 }' | sort -u)
}

install_packages() {
  local missing; mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
  step "setup: Debian's package lists" "${apt[@]}" update
  step "setup: ${#missing[@]} packages of tools/packages.txt" \
    "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"
}

leftovers=()  # of what was not done to its end
trap 'rm -rf "${leftovers[@]}"' EXIT

source "$root/tools/step.sh"
source "$root/tools/onnxruntime.sh"
source "$root/tools/python.sh"
main "$@"
