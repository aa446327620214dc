#!/usr/bin/env bash
# What not_null(now, before) gives where the first value is 0.
#
# Package: @aws-lambda-powertools/jmespath@2.36.0, @jmespath-community/jmespath@1.3.0 (npm)
# Guess: JMESPath gives the first value that is not null, so 0, in both libraries.
# Seen: the community library gives 0; Powertools passes over 0 as if it were null, and gives null.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  @aws-lambda-powertools/jmespath@2.36.0 @jmespath-community/jmespath@1.3.0 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.mjs <<'JS'
import { search as community } from '@jmespath-community/jmespath';
import { search as powertools } from '@aws-lambda-powertools/jmespath';

const severity = { now: 0, before: null };
console.log('community:', community(severity, 'not_null(now, before)'));
console.log('Powertools:', powertools('not_null(now, before)', severity));
JS
got=$(node look.mjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
community: 0
Powertools: null
TEXT
)

echo "package: @aws-lambda-powertools/jmespath@2.36.0, @jmespath-community/jmespath@1.3.0"
echo "guess: JMESPath gives the first value that is not null, so 0, in both libraries."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: the community library gives 0; Powertools passes over 0 as if it were null, and gives null."
