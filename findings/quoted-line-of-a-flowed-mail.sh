#!/usr/bin/env bash
# How a reply that quotes an alert is joined from its flowed lines.
#
# Package: postal-mime@4.0.0, mailparser@3.14.2 (npm)
# Guess: a quoted line that was broken comes back as one, with one quote mark, in both readers (RFC 3676, 4.5).
# Seen: postal-mime leaves the second quote mark in the middle of the sentence.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  postal-mime@4.0.0 mailparser@3.14.2 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.mjs <<'JS'
import PostalMime from 'postal-mime';
import { simpleParser } from 'mailparser';

const mail = [
  'From: Ops <ops@example.com>',
  'To: Alerts <alerts@example.com>',
  'Subject: Re: a finding',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8; format=flowed',
  '',
  '> The role was ',
  '> rotated an hour ago.',
  '',
].join('\r\n');
console.log('mailparser:', (await simpleParser(mail)).text.trim());
console.log('postal-mime:', (await PostalMime.parse(mail)).text.trim());
JS
got=$(node look.mjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
mailparser: > The role was rotated an hour ago.
postal-mime: > The role was > rotated an hour ago.
TEXT
)

echo "package: postal-mime@4.0.0, mailparser@3.14.2"
echo "guess: a quoted line that was broken comes back as one, with one quote mark, in both readers (RFC 3676, 4.5)."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: postal-mime leaves the second quote mark in the middle of the sentence."
