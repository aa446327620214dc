#!/usr/bin/env bash
# The score that a calculator for CVSS 3 gives to a vector of 3.1.
#
# Package: cvss@1.0.5 (npm)
# Guess: 9.8, Critical, as for the same vector of 3.0, or an error that says that 3.1 is not known.
# Seen: 0, None, and no error: the worst vector there is reads as harmless.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  cvss@1.0.5 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const { getAll } = require('cvss');

for (const version of ['3.0', '3.1']) {
  const { base } = getAll(`CVSS:${version}/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H`);
  console.log(`CVSS ${version}: ${base.score}, ${base.rating}`);
}
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
CVSS 3.0: 9.8, Critical
CVSS 3.1: 0, None
TEXT
)

echo "package: cvss@1.0.5"
echo "guess: 9.8, Critical, as for the same vector of 3.0, or an error that says that 3.1 is not known."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: 0, None, and no error: the worst vector there is reads as harmless."
