#!/usr/bin/env bash
# The score of one CVSS 3.1 vector with a modified metric, in three calculators.
#
# Package: vuln-vects@1.1.0, ae-cvss-calculator@1.0.13, cvss4@1.0.7 (npm)
# Guess: the standard gives the formula, so all three say 8.8 (high), which is the score with PR:L.
# Seen: vuln-vects says 9.2 (critical), and 8.8 only where MS:U is written, which S:U has said already.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  vuln-vects@1.1.0 ae-cvss-calculator@1.0.13 cvss4@1.0.7 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const { fromVector } = require('ae-cvss-calculator');
const { calculateEnvironmentalScore } = require('cvss4');
const { parseCvss3Vector } = require('vuln-vects');

const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/MPR:L';
console.log('ae-cvss-calculator:', fromVector(vector).calculateScores(false).environmental);
console.log('cvss4:', calculateEnvironmentalScore(vector));
console.log('vuln-vects:', parseCvss3Vector(vector)._environmentalScore);
console.log('vuln-vects with MS:U:', parseCvss3Vector(`${vector}/MS:U`)._environmentalScore);
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
ae-cvss-calculator: 8.8
cvss4: 8.8
vuln-vects: 9.2
vuln-vects with MS:U: 8.8
TEXT
)

echo "package: vuln-vects@1.1.0, ae-cvss-calculator@1.0.13, cvss4@1.0.7"
echo "guess: the standard gives the formula, so all three say 8.8 (high), which is the score with PR:L."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: vuln-vects says 9.2 (critical), and 8.8 only where MS:U is written, which S:U has said already."
