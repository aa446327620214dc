#!/usr/bin/env bash
# The address of one link, read from Telegram's Markdown and from its HTML.
#
# Package: @telegraf/entity@0.7.0 (npm)
# Guess: one link with the same address from both parsers.
# Seen: from Markdown the address is a row of digits: the code of each of its characters, one after the other.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  @telegraf/entity@0.7.0 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const { parse_html: html, parse_markdown: markdown } = require('@telegraf/entity');

const address = 'https://x.example/a';
const show = (name, { text, entities }) => console.log(`${name}: ${text}, ${entities[0].type}, ${entities[0].url}`);
show('HTML', html(`<a href="${address}">open</a>`));
show('Markdown', markdown(`[open](${address})`));
console.log('codes of its characters:', Array.from(address, (c) => c.charCodeAt(0)).join(''));
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
HTML: open, text_link, https://x.example/a
Markdown: open, text_link, 10411611611211558474712046101120971091121081014797
codes of its characters: 10411611611211558474712046101120971091121081014797
TEXT
)

echo "package: @telegraf/entity@0.7.0"
echo "guess: one link with the same address from both parsers."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: from Markdown the address is a row of digits: the code of each of its characters, one after the other."
