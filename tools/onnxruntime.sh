# Fetches ONNX Runtime as tools/onnxruntime.txt pins it; sourced by tools/setup.sh.
# It lies outside the checkout, one folder a version, so that all checkouts of a user share it.

onnxruntime_pins=$root/tools/onnxruntime.txt

onnxruntime_version() { awk '$1 == "version" { print $2 }' "$onnxruntime_pins"; }

onnxruntime_dir() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}
  echo "${WEIR_ONNXRUNTIME_DIR:-$cache/weir/onnxruntime-$(onnxruntime_version)}"
}

onnxruntime_is_there() {
  local dir; dir=$(onnxruntime_dir)
  [ -e "$dir/lib/libonnxruntime.so" ] && [ -e "$dir/include/onnxruntime_c_api.h" ]
}

# The folder appears whole or not at all: it is filled beside its place and then renamed.
onnxruntime_fetch() {
  if onnxruntime_is_there; then return; fi
  local into; into=$(onnxruntime_dir)
  mkdir -p "$(dirname "$into")"
  work=$(mktemp -d "$into.XXXXXX")
  leftovers+=("$work")
  mkdir -p "$work"/new/{include,lib}
  step "setup: ONNX Runtime $(onnxruntime_version), the library" onnxruntime_fetch_library "$work"
  step "setup: ONNX Runtime $(onnxruntime_version), the headers" onnxruntime_fetch_headers "$work"
  rm -rf "$into"
  mv "$work/new" "$into"
}

# pip compares the hash itself, and fetches for a stated Python, whichever runs it.
onnxruntime_fetch_library() {
  local work=$1 sha256="" platform=""
  read -r sha256 platform < <(awk -v machine="$(uname -m)" \
    '$1 == "wheel" && $2 == machine { print $3, $4 }' "$onnxruntime_pins") || true
  if [ -z "$sha256" ]; then
    echo "tools/onnxruntime.txt names no wheel for $(uname -m), expected one" >&2
    return 1
  fi
  echo "onnxruntime==$(onnxruntime_version) --hash=sha256:$sha256" > "$work/requirements.txt"
  /usr/bin/python3 -m pip download --quiet --no-deps --require-hashes --only-binary=:all: \
    --python-version 3.11 --implementation cp --abi cp311 --platform "$platform" \
    --requirement "$work/requirements.txt" --dest "$work"
  unzip -q -j "$work"/onnxruntime-*.whl 'onnxruntime/capi/libonnxruntime.so.*' -d "$work/new/lib"
  unzip -q -j "$work"/onnxruntime-*.whl onnxruntime/LICENSE onnxruntime/ThirdPartyNotices.txt \
    -d "$work/new"
  ln -s "libonnxruntime.so.$(onnxruntime_version)" "$work/new/lib/libonnxruntime.so"
}

# apt reads a Debian 13 source from a folder of its own: the machine's own lists stay as they are.
onnxruntime_fetch_headers() {
  local work=$1 keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$work"/apt/{lists,cache,deb}
  local mirror; mirror=$(debian_mirror)
  echo "deb [signed-by=$keys] $mirror trixie main" > "$work/apt/sources.list"
  local apt=(apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3
    -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache"
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::Languages=none)
  "${apt[@]}" update
  (cd "$work/apt/deb" && "${apt[@]}" download libonnxruntime-dev)
  dpkg-deb -x "$work"/apt/deb/libonnxruntime-dev_*.deb "$work/apt/deb"
  local sha256 name
  while read -r sha256 name; do
    echo "$sha256  $work/apt/deb/usr/include/onnxruntime/$name" | sha256sum --check --quiet
    cp "$work/apt/deb/usr/include/onnxruntime/$name" "$work/new/include/"
  done < <(awk '$1 == "header" { print $2, $3 }' "$onnxruntime_pins")
}

# The mirror this machine already uses for Debian 12.
debian_mirror() {
  local uri
  uri=$(apt-get indextargets --no-release-info --format '$(SITE) $(RELEASE) $(COMPONENT)' |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
  if [ -z "$uri" ]; then
    echo "apt has no source of Debian 12 (bookworm, main), expected one" >&2
    return 1
  fi
  echo "$uri"
}
