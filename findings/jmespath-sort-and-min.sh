#!/usr/bin/env bash
# Whether the first of a sorted list is the least of it.
#
# Package: @aws-lambda-powertools/jmespath@2.36.0 (npm)
# Guess: sort(@)[0] and min(@) are the same text, by code points, as JMESPath says.
# Seen: sort(@)[0] is us-east-1 and min(@) is US-EAST-1: one function sorts by locale, the other by code units.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  @aws-lambda-powertools/jmespath@2.36.0 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.mjs <<'JS'
import { search } from '@aws-lambda-powertools/jmespath';

const regions = ['us-west-2', 'US-EAST-1', 'us-east-1'];
console.log('sort(@)[0]:', search('sort(@)[0]', regions));
console.log('min(@):', search('min(@)', regions));
console.log('order:', search('sort(@)', regions).join(' '));
JS
got=$(node look.mjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
sort(@)[0]: us-east-1
min(@): US-EAST-1
order: us-east-1 US-EAST-1 us-west-2
TEXT
)

echo "package: @aws-lambda-powertools/jmespath@2.36.0"
echo "guess: sort(@)[0] and min(@) are the same text, by code points, as JMESPath says."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: sort(@)[0] is us-east-1 and min(@) is US-EAST-1: one function sorts by locale, the other by code units."
