#!/usr/bin/env bash
# Whether the number 0 is true in a template of an Adaptive Card.
#
# Package: adaptivecards-templating@2.3.1, adaptive-expressions@4.23.3 (npm)
# Guess: one answer everywhere: either 0 is false, or it is true.
# Seen: bool(0) is false, not(0) is false as well, and if(0, ...) takes the branch for true.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  adaptivecards-templating@2.3.1 adaptive-expressions@4.23.3 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const { Template } = require('adaptivecards-templating');

const say = (text) => new Template({ type: 'TextBlock', text }).expand({ $root: { critical: 0 } }).text;
for (const expression of ['bool(critical)', 'not(critical)', "if(critical, 'some', 'none')"]) {
  console.log(`${expression}: ${say('${' + expression + '}')}`);
}
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
bool(critical): false
not(critical): false
if(critical, 'some', 'none'): some
TEXT
)

echo "package: adaptivecards-templating@2.3.1, adaptive-expressions@4.23.3"
echo "guess: one answer everywhere: either 0 is false, or it is true."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: bool(0) is false, not(0) is false as well, and if(0, ...) takes the branch for true."
