#!/bin/sh
# Puts the front end's package (package.json) where Django's staticfiles find it; does nothing when it is there already.
# Called by make, and by the image's build. Nothing of it is committed, and nothing of node is needed afterwards.
set -eu
cd "$(dirname "$0")/.."
PATH="$(pwd)/.venv/bin:$PATH" # the npm that is pinned, if there is a .venv
export PATH
source=node_modules/@event-calendar/build
target=backoffice/static/vendor/event-calendar
made=$target/.made # the lock of what was installed, word for word

if [ -f "$made" ] && cmp -s package-lock.json "$made"; then exit 0; fi

refuse() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

command -v npm >/dev/null 2>&1 ||
  refuse "The calendar needs npm to be installed once: \`make .venv\` brings one, or install Node.js."
echo "Fetching the calendar's package"
log=$(mktemp)
npm ci --loglevel=error >"$log" 2>&1 ||
  refuse "The calendar's package could not be fetched ($(grep -i 'error' "$log" | head -n 1)): check the network (or npm's settings for a proxy), then run this again. The whole story is in $log."
rm -rf "$target"
mkdir -p "$target"
cp "$source/dist/event-calendar.min.css" "$target/"
# Without the line that names the source map: Django's manifest would look for it, and nobody serves it.
grep -v '^//# sourceMappingURL=' "$source/dist/event-calendar.min.js" >"$target/event-calendar.min.js"
cp backoffice/licences/event-calendar.txt "$target/LICENSE.txt"
cp package-lock.json "$made"
rm -f "$log"
