#!/bin/sh
# Makes .venv and installs the pinned requirements; does nothing when they are installed already. Called by make.
# PYTHON names the Python to use; without it the first that runs and is new enough is taken.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-}
venv=.venv
installed=$venv/installed-requirements.txt # what was installed, word for word
unfinished=$venv/unfinished                # there while an installation runs: found later, it was interrupted

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

version() {
  "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo "not a Python that runs"
}

refuse() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

find_python() {
  if [ -n "$PYTHON" ]; then
    new_enough "$PYTHON" || refuse "PYTHON=$PYTHON is $(version "$PYTHON"), and AROS-Voice needs Python 3.12 or newer: name another one, such as \`make run PYTHON=/usr/bin/python3.13\`."
    echo "$PYTHON"
    return
  fi
  # A name can be a shim of pyenv that has no version behind it, so each one is tried.
  for candidate in python3.13 python3.12 python3 python python3.14 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
    if new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  refuse "AROS-Voice needs Python 3.12 or newer, and python3 here is $(version python3): install one (\`apt install python3.13 python3.13-venv\`, \`pyenv install 3.13\`, python.org), or say where it is with \`make run PYTHON=/path/to/python3.13\`."
}

make_venv() {
  rm -rf "$venv"
  if "$1" -m venv "$venv" >/dev/null 2>&1; then return; fi
  rm -rf "$venv"
  # Debian keeps ensurepip in a package of its own.
  if "$1" -m virtualenv -q "$venv" >/dev/null 2>&1; then return; fi
  rm -rf "$venv"
  if command -v uv >/dev/null 2>&1 && uv venv -q --seed --python "$1" "$venv" >/dev/null 2>&1; then return; fi
  rm -rf "$venv"
  refuse "$1 cannot make virtual environments: install its venv package (on Debian and Ubuntu \`apt install python$(version "$1")-venv\` or \`python3-venv\`), then run this again."
}

usable() {
  [ ! -e "$unfinished" ] && new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

if [ -n "$PYTHON" ]; then
  python=$(find_python)
  # Another version was asked for: the packages of the old one are of no use.
  if [ -d "$venv" ] && [ "$(version "$venv/bin/python")" != "$(version "$python")" ]; then rm -rf "$venv"; fi
fi
if [ -f "$installed" ] && [ ! -e "$unfinished" ] && cat requirements.txt requirements-dev.txt | cmp -s - "$installed" &&
  new_enough "$venv/bin/python"; then
  exit 0
fi
if ! usable; then
  python=$(find_python)
  echo "Making .venv with $python ($(version "$python"))"
  make_venv "$python"
fi
count=$(sort -u requirements.txt requirements-dev.txt | grep -c == || true)
echo "Installing $count pinned packages into .venv (a minute or two the first time)"
: >"$unfinished"
log=$venv/install.log
"$venv/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
  -r requirements.txt -r requirements-dev.txt >"$log" 2>&1 &
pip=$!
trap 'kill "$pip" 2>/dev/null; exit 130' INT TERM HUP
while kill -0 "$pip" 2>/dev/null; do
  sleep 1
  waited=$((${waited:-0} + 1))
  if [ $((waited % 10)) -ne 0 ]; then continue; fi
  if grep -q '^Installing collected' "$log"; then
    echo "  $waited s, all found; installing"
  else
    echo "  $waited s, $(grep -c '^Collecting\|^Requirement already' "$log" || true) packages found so far"
  fi
done
if ! wait "$pip"; then
  reason=$(grep -i error "$log" | tail -n 1 || true)
  refuse "The packages could not be installed (${reason:-see the log}): check the network (or pip's settings for a proxy), then run this again. The whole story is in $log."
fi
cat requirements.txt requirements-dev.txt >"$installed"
rm -f "$unfinished"
