#!/usr/bin/env bash
# Installs what Scriba is built with: Debian packages, and LibTorch, OpenVINO and the pretrained models from
# Python wheels that are checked by hash, unpacked once and used as plain folders. No Python runs afterwards.
# Safe to run again: what is there already is left alone. Set SCRIBA_DEPS to choose the folder.
# --tools: also clang-format and clang-tidy, which `cmake --workflow --preset check` runs.
set -euo pipefail

deps="${SCRIBA_DEPS:-$HOME/.cache/scriba}"
packages=(g++ cmake ninja-build pkg-config git ca-certificates unzip python3 python3-pip
          libopencv-dev libeigen3-dev libboost-dev doctest-dev libonnx-dev libprotobuf-dev protobuf-compiler
          libcli11-dev nlohmann-json3-dev liblmdb-dev fonts-dejavu-core fonts-droid-fallback)
if [ "${1:-}" = --tools ]; then packages+=(clang-format clang-tidy); fi

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

[ "$(uname -sm)" = "Linux x86_64" ] || fail "the pinned wheels are for Linux x86_64, this is $(uname -sm); install LibTorch >= 2.6 and OpenVINO yourself and configure with -DTorch_ROOT=... -DOpenVINO_DIR=..."

# --- Debian packages ---
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  say "installing Debian packages: ${missing[*]}"
  sudo=(); [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
else
  say "Debian packages: all there"
fi

# --- wheels ---
# fetch PACKAGE VERSION SHA256 FOLDER PATTERN...: downloads one wheel, checks its hash, unpacks PATTERNs into FOLDER.
fetch() {
  local package=$1 version=$2 sha256=$3 folder=$4; shift 4
  local stamp="$folder/.$package-$version"
  if [ -e "$stamp" ]; then say "$package $version: already in $folder"; return; fi
  say "fetching $package $version"
  local work; work=$(mktemp -d "$deps/.fetch.XXXXXX")
  python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: --dest "$work" \
    --implementation cp --python-version 311 --abi cp311 --abi none \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 --platform manylinux2014_x86_64 --platform any \
    "$package==$version" || { rm -rf "$work"; fail "could not download $package $version"; }
  local wheel; wheel=$(echo "$work"/*.whl)
  echo "$sha256  $wheel" | sha256sum --check --quiet - || { rm -rf "$work"; fail "$package $version: hash differs from the pinned one; nothing was unpacked"; }
  mkdir -p "$folder"
  unzip -q -o "$wheel" "$@" -d "$folder"
  touch "$stamp"
  rm -rf "$work"
}
mkdir -p "$deps"

# libtorch_cpu.so looks for the two small CUDA libraries beside its own folder, in nvidia/cu13/lib.
torch="$deps/libtorch-2.14.1"
fetch torch 2.14.1 305a61f61f35f128579f299c5bd33d475f6a01c6307336139632e30856c4854d "$torch" 'torch/lib/*' 'torch/include/*' 'torch/share/*'
fetch nvidia-cuda-runtime 13.0.96 7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548 "$torch" 'nvidia/cu13/lib/*' 'nvidia/cu13/include/*'
fetch nvidia-cuda-cupti 13.0.85 4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8 "$torch" 'nvidia/cu13/lib/*'
fetch openvino 2026.4.0 71ee4e65a914044a510af43da16f3279c8f9dae22cbc8eac63d4a785c4a9c03f "$deps/openvino-2026.4.0" \
  'openvino/libs/*' 'openvino/include/*' 'openvino/cmake/*'
fetch rapidocr 3.10.0 2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050 "$deps/rapidocr-3.10.0" 'rapidocr/models/*' '*.dist-info/*'

say "done. Dependencies are in $deps"
