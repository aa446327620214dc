#!/usr/bin/env bash
# What an ARN parser keeps of the resource of a log group.
#
# Package: aws-arn-parser@1.0.1 (npm)
# Guess: all after the fifth colon is the resource: log-group:/aws/lambda/tocsin:*.
# Seen: the name of the log group is lost, and the last part is in a member named undefined.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  aws-arn-parser@1.0.1 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.cjs <<'JS'
const parse = require('aws-arn-parser');

for (const arn of [
  'arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/tocsin:*',
  'arn:aws:sns:us-east-1:111122223333:alerts:0f1e2d3c',
]) {
  const { service, relativeId, ...rest } = parse(arn);
  console.log(JSON.stringify({ service, relativeId, undefined: rest['undefined'] }));
}
JS
got=$(node look.cjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
{"service":"logs","relativeId":"log-group","undefined":"*"}
{"service":"sns","relativeId":"alerts","undefined":"0f1e2d3c"}
TEXT
)

echo "package: aws-arn-parser@1.0.1"
echo "guess: all after the fifth colon is the resource: log-group:/aws/lambda/tocsin:*."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: the name of the log group is lost, and the last part is in a member named undefined."
