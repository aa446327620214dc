#!/usr/bin/env bash
# When a schedule for the 31st runs in a month that has none.
#
# Package: aws-cron-parser@1.1.12 (npm)
# Guess: cron(0 9 31 * ? *) passes over February and April, as EventBridge does.
# Seen: it runs on 3 March and on 1 May, beside 31 March and 31 May.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  aws-cron-parser@1.1.12 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const cron = require('aws-cron-parser');

const schedule = cron.parse('0 9 31 * ? *');
let at = new Date('2027-01-01T00:00:00Z');
for (let i = 0; i < 5; i++) {
  at = cron.next(schedule, at);
  console.log(at.toISOString().slice(0, 10));
}
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
2027-01-31
2027-03-03
2027-03-31
2027-05-01
2027-05-31
TEXT
)

echo "package: aws-cron-parser@1.1.12"
echo "guess: cron(0 9 31 * ? *) passes over February and April, as EventBridge does."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: it runs on 3 March and on 1 May, beside 31 March and 31 May."
