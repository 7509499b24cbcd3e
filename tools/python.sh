# Installs what tools/python.txt pins, for Debian's Python; sourced by tools/setup.sh, and by
# tests that ask where.
# It lies outside the checkout, one folder a state of the list, so that all checkouts of a user
# share it.

python_pins=$root/tools/python.txt

python_dir() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}
  echo "${WEIR_PYTHON_DIR:-$cache/weir/python-$(sha256sum "$python_pins" | cut -c 1-12)}"
}

# The folder appears whole or not at all: it is filled beside its place and then renamed. Its pip is
# Debian's, which puts packages beside any Python.
python_fetch() {
  local into; into=$(python_dir)
  if [ -x "$into/bin/python3" ]; then return; fi
  mkdir -p "$(dirname "$into")"
  local work; work=$(mktemp -d "$into.XXXXXX")
  leftovers+=("$work")
  /usr/bin/python3 -m venv --without-pip "$work"
  step "setup: packages of tools/python.txt" /usr/bin/python3 -m pip --python "$work/bin/python3" \
    install --quiet --no-deps --require-hashes --only-binary=:all: --requirement "$python_pins"
  mv -T "$work" "$into" || [ -x "$into/bin/python3" ]  # another set-up was quicker
}
