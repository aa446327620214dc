#!/usr/bin/env bash
# Which dimensions the 101st value of a metric has.
#
# Package: @aws-lambda-powertools/metrics@2.36.0 (npm)
# Guess: the line is split in two at 100 values, and both halves have the dimension.
# Seen: the second line has lost the dimension: the split forgets it, and the last value counts for another
# metric.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  @aws-lambda-powertools/metrics@2.36.0 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.mjs <<'JS'
import { Metrics } from '@aws-lambda-powertools/metrics';

const lines = [];
const write = process.stdout.write;
process.stdout.write = (line) => lines.push(JSON.parse(line));
const metrics = new Metrics({ namespace: 'Alerts', serviceName: 'alerts' });
metrics.addDimension('Sink', 'slack');
for (let i = 0; i < 101; i++) metrics.addMetric('Latency', 'Milliseconds', i);
metrics.publishStoredMetrics();
process.stdout.write = write;

for (const line of lines) {
  const values = Array.isArray(line.Latency) ? `${line.Latency.length} values` : '1 value';
  const dimensions = JSON.stringify(line._aws.CloudWatchMetrics[0].Dimensions);
  console.log(`${values}, dimensions ${dimensions}, Sink ${line.Sink}`);
}
JS
got=$(node look.mjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
100 values, dimensions [["service","Sink"]], Sink slack
1 value, dimensions [["service"]], Sink undefined
TEXT
)

echo "package: @aws-lambda-powertools/metrics@2.36.0"
echo "guess: the line is split in two at 100 values, and both halves have the dimension."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: the second line has lost the dimension: the split forgets it, and the last value counts for another metric."
