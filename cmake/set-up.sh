# shellcheck shell=bash disable=SC2154  # the variables are those of ../zoo, which reads this file
# How ./zoo installs what is missing: Debian packages, CMake, LibTorch.

torch_version=2.13.0  # installed when there is none
torch_minimum=2.11
cmake_minimum=3.25

# install_packages WORDS: Debian packages, if they are missing.
install_packages() {
  local wanted=$1 installed missing as_root=()
  [ "${ZOO_PACKAGES:-}" != skip ] || return 0
  if ! command -v apt-get > /dev/null || ! command -v dpkg-query > /dev/null; then
    say "neither Debian nor Ubuntu, so no packages are installed; the like of these is needed:" \
      "  $wanted"
    return 0
  fi
  # shellcheck disable=SC2086  # lists of words, here and below
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2> /dev/null || true)
  # shellcheck disable=SC2086
  missing=$(for package in $wanted; do
    grep -qxF "installed $package" <<< "$installed" || printf '%s ' "$package"
  done)
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || die "packages are missing and there is no sudo; as root, type:" \
      "  apt-get update && apt-get install $missing"
    as_root=(sudo)
  fi
  say "installing the packages $missing"
  "${as_root[@]}" apt-get update -qq || true
  # shellcheck disable=SC2086
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing ||
    die "apt-get could not install the packages; see above. With a network, type:" \
      "  sudo apt-get update && sudo apt-get install $missing"
}

# The tests look at reports in a browser. Ubuntu has Chromium as a snap only, which apt cannot bring;
# without any browser the test of the report says what to do.
install_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    ! command -v "$name" > /dev/null || return 0
  done
  grep -qx 'ID=debian' /etc/os-release 2> /dev/null || return 0
  (install_packages chromium) || true
}

pip_install() {
  if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv" || die "$venv could not be made: is python3-venv installed?"
  fi
  "$venv/bin/python" -I -m pip --disable-pip-version-check install -q "$@"
}

# A distribution older than our presets gets its CMake from pip.
install_cmake() {
  local found
  found=$("$cmake" --version 2> /dev/null | sed -n '1s/.* //p') || true
  printf '%s\n' $cmake_minimum "${found:-0}" | sort -C -V && return
  say "CMake $cmake_minimum is needed and ${found:-none} is here: installing it in .venv"
  pip_install "cmake>=$cmake_minimum,<4" || die "pip could not install CMake; see above"
  cmake=$venv/bin/cmake
}

torch_of_environment() {
  local prefix prefixes place
  IFS=: read -r -a prefixes <<< "${CMAKE_PREFIX_PATH:-}"
  for prefix in "${Torch_DIR:-}" "${prefixes[@]}"; do
    for place in "" /Torch /share/cmake/Torch; do
      [ ! -f "$prefix$place/TorchConfig.cmake" ] || { echo "$prefix$place"; return; }
    done
  done
}

# The CMake folder of the torch that a Python would import, if it is complete and recent.
torch_of_python() {
  (cd "$root" && "$@" - $torch_minimum 2> /dev/null) << 'END' || true
import importlib.metadata, importlib.util, pathlib, sys
version = lambda text: [int(part) for part in text.split(".")[:2]]
torch = pathlib.Path(importlib.util.find_spec("torch").submodule_search_locations[0])
needed = ["share/cmake/Torch/TorchConfig.cmake", "include/torch/csrc/api/include/torch/torch.h"]
recent = version(importlib.metadata.version("torch")) >= version(sys.argv[1])
if recent and all((torch / file).exists() for file in needed):
    print(torch / "share/cmake/Torch")
END
}

has_nvcc() {
  local folder
  for folder in "${CUDA_HOME:-}" "${CUDA_PATH:-}" /usr/local/cuda; do
    [ -z "$folder" ] || PATH=$PATH:$folder/bin
  done
  command -v nvcc > /dev/null
}

# CMake finds a LibTorch that was built for CUDA only where there is a CUDA toolkit.
usable() { [ ! -e "$1/../../../lib/libtorch_cuda.so" ] || has_nvcc; }

# Without a CUDA toolkit, a build for the processor: pip's if it has one, else from PyTorch's own
# server, which the installer uv knows.
install_torch() {
  say "installing torch $torch_version in .venv; this takes some minutes, once"
  if has_nvcc; then
    pip_install "torch==$torch_version"
  else
    pip_install "torch==$torch_version+cpu" 2> /dev/null ||
      { pip_install uv && "$venv/bin/uv" pip install -q --python "$venv/bin/python" \
        --torch-backend cpu "torch==$torch_version"; }
  fi || die "torch $torch_version could not be installed; see above. Is there a network, and is" \
    "$(python3 --version) one it is made for? Torch_DIR may also name the folder of" \
    "TorchConfig.cmake of another LibTorch, $torch_minimum or later."
}

find_torch() {
  torch=$(torch_of_environment)
  if [ -z "$torch" ]; then
    torch=$(torch_of_python python3)
    if [ -n "$torch" ] && ! usable "$torch"; then
      say "passed over: the torch of $(command -v python3), built for CUDA; there is no CUDA toolkit"
      torch=
    fi
    [ -n "$torch" ] || torch=$(torch_of_python "$venv/bin/python" -I)
    [ -n "$torch" ] || { install_torch; torch=$(torch_of_python "$venv/bin/python" -I); }
  fi
  [ -n "$torch" ] || die "the torch in .venv is unusable; remove the folder .venv and call again"
  usable "$torch" || die "the LibTorch in $torch" \
    "is built for CUDA, but there is no CUDA toolkit: nvcc is not on PATH, nor in CUDA_HOME, nor in" \
    "/usr/local/cuda." \
    "Install the toolkit; or, to go without the GPU, unset Torch_DIR and CMAKE_PREFIX_PATH, remove" \
    "the folder .venv and call again (https://pytorch.org/get-started has more on the builds)."
}
