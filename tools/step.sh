# step WHAT COMMAND…: says what is done and, every two seconds, that it still is; the command's
# output is shown only if it fails.
# Sourced by ./dev and tools/setup.sh, which run with `set -e`.
step() {
  local what=$1; shift
  local output; output=$(mktemp)
  printf '%s ' "$what" >&2
  (while sleep 2; do printf '.' >&2; done) &
  local ticker=$!
  local status=0
  # In the background, since `set -e` is off within anything that || follows.
  "$@" > "$output" 2>&1 &
  wait $! || status=$?
  kill "$ticker" 2>/dev/null; wait "$ticker" 2>/dev/null || true
  if [ "$status" = 0 ]; then echo " done" >&2; else echo " failed" >&2; cat "$output" >&2; fi
  rm -f "$output"
  return "$status"
}
