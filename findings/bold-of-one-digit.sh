#!/usr/bin/env bash
# Where bold ends in a line of mrkdwn with two bold numbers.
#
# Package: slack-markdown@0.3.0, slack-message-parser@3.0.2 (npm)
# Guess: both parsers see two bold numbers with plain text after each, as they do for *12* critical, *15* high.
# Seen: slack-markdown does not end bold after one character: 2 and 5 are one bold text, with two stars left in it.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  slack-markdown@0.3.0 slack-message-parser@3.0.2 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const { toHTML } = require('slack-markdown');
const { parse, NodeType } = require('slack-message-parser');

const text = (node) => node.text ?? node.children.map(text).join('');
const name = (node) => (node.type === NodeType.Bold ? 'bold' : 'text');
for (const line of ['*12* critical, *15* high', '*2* critical, *5* high']) {
  console.log(line);
  console.log('  slack-markdown:', toHTML(line));
  const parts = parse(line).children.map((node) => `${name(node)}(${text(node)})`);
  console.log('  slack-message-parser:', parts.join(' '));
}
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
*12* critical, *15* high
  slack-markdown: <strong>12</strong> critical, <strong>15</strong> high
  slack-message-parser: bold(12) text( critical, ) bold(15) text( high)
*2* critical, *5* high
  slack-markdown: <strong>2* critical, *5</strong> high
  slack-message-parser: bold(2) text( critical, ) bold(5) text( high)
TEXT
)

echo "package: slack-markdown@0.3.0, slack-message-parser@3.0.2"
echo "guess: both parsers see two bold numbers with plain text after each, as they do for *12* critical, *15* high."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: slack-markdown does not end bold after one character: 2 and 5 are one bold text, with two stars left in it."
