#!/usr/bin/env bash
# What becomes of a list inside a list on the way from Markdown to Block Kit.
#
# Package: @tryfabric/mack@1.2.1 (npm)
# Guess: the inner steps are indented, or come flat after their step.
# Seen: the inner steps are gone, without a word.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  @tryfabric/mack@1.2.1 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const { markdownToBlocks } = require('@tryfabric/mack');

const runbook = [
  '1. Isolate the instance',
  '2. Rotate the keys',
  '   - of the role',
  '   - of its users',
  '3. Close the finding',
].join('\n');
markdownToBlocks(runbook).then((blocks) => {
  for (const block of blocks) console.log(block.text.text);
});
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
1. Isolate the instance
2. Rotate the keys
3. Close the finding
TEXT
)

echo "package: @tryfabric/mack@1.2.1"
echo "guess: the inner steps are indented, or come flat after their step."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: the inner steps are gone, without a word."
