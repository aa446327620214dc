#!/usr/bin/env bash
# Which SPDX identifier a licence with its full name gets.
#
# Package: spdx-correct@3.2.0 (npm)
# Guess: the version in the name is kept, as it is for Apache and Mozilla, and every full name of the list is
# known.
# Seen: Eclipse Public License 2.0 becomes EPL-1.0, and ISC License is not known.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  spdx-correct@3.2.0 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const correct = require('spdx-correct');

for (const name of [
  'Eclipse Public License 2.0', 'Apache License 2.0', 'Mozilla Public License 2.0', 'ISC License',
]) {
  console.log(`${name}: ${correct(name)}`);
}
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
Eclipse Public License 2.0: EPL-1.0
Apache License 2.0: Apache-2.0
Mozilla Public License 2.0: MPL-2.0
ISC License: null
TEXT
)

echo "package: spdx-correct@3.2.0"
echo "guess: the version in the name is kept, as it is for Apache and Mozilla, and every full name of the list is known."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: Eclipse Public License 2.0 becomes EPL-1.0, and ISC License is not known."
