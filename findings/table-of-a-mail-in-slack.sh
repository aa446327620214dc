#!/usr/bin/env bash
# What is left of the table of an HTML mail on its way to Slack.
#
# Package: html-to-mrkdwn@3.0.0 (npm)
# Guess: the cells come as text, one row a line or one cell a line.
# Seen: nothing: the text before and after the table comes, and no cell of it.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  html-to-mrkdwn@3.0.0 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.mjs <<'JS'
import convert from 'html-to-mrkdwn';

const mail = '<p>A finding:</p>' +
  '<table><tr><td>Account</td><td>111122223333</td></tr><tr><td>Severity</td><td>HIGH</td></tr></table>' +
  '<p>Open the console.</p>';
console.log(JSON.stringify(convert(mail).text));
JS
got=$(node look.mjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
"A finding:\n\nOpen the console."
TEXT
)

echo "package: html-to-mrkdwn@3.0.0"
echo "guess: the cells come as text, one row a line or one cell a line."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: nothing: the text before and after the table comes, and no cell of it."
