#!/usr/bin/env bash
# What two libraries of one format make of a metric that comes in milliseconds and in seconds.
#
# Package: aws-embedded-metrics@4.2.1, @aws-lambda-powertools/metrics@2.36.0 (npm)
# Guess: both refuse the second unit, or write two metrics.
# Seen: Powertools refuses; aws-embedded-metrics writes 2 seconds as 2 milliseconds, without a word.
# Needs Node.js 20 or newer and npm; no file of this repository.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >npm.log
npm install --save-exact --ignore-scripts --no-audit --no-fund --before=2026-11-29 \
  aws-embedded-metrics@4.2.1 @aws-lambda-powertools/metrics@2.36.0 >>npm.log 2>&1 || { cat npm.log; exit 1; }

cat >look.mjs <<'JS'
process.env.AWS_EMF_ENVIRONMENT = 'Lambda';
process.env.AWS_EMF_NAMESPACE = 'Alerts';
const { default: emf } = await import('aws-embedded-metrics');
const { Metrics } = await import('@aws-lambda-powertools/metrics');

let line;
console.log = (text) => { line = JSON.parse(text); };
const logger = emf.createMetricsLogger();
logger.putMetric('Latency', 250, 'Milliseconds');
logger.putMetric('Latency', 2, 'Seconds');
await logger.flush();
const { Metrics: written } = line._aws.CloudWatchMetrics[0];
process.stdout.write(`aws-embedded-metrics: Latency ${JSON.stringify(line.Latency)} in ` +
  `${written.map((metric) => metric.Unit)}\n`);

const metrics = new Metrics({ namespace: 'Alerts', serviceName: 'alerts' });
let answer = 'taken';
metrics.addMetric('Latency', 'Milliseconds', 250);
try {
  metrics.addMetric('Latency', 'Seconds', 2);
} catch {
  answer = 'refused';
}
process.stdout.write(`Powertools: ${answer}\n`);
JS
got=$(node look.mjs) || got="$got (node failed)"
want=$(cat <<'TEXT'
aws-embedded-metrics: Latency [250,2] in Milliseconds
Powertools: refused
TEXT
)

echo "package: aws-embedded-metrics@4.2.1, @aws-lambda-powertools/metrics@2.36.0"
echo "guess: both refuse the second unit, or write two metrics."
echo "$got"
if [ "$got" != "$want" ]; then
  echo "changed: it was"
  echo "$want"
  exit 1
fi
echo "seen: Powertools refuses; aws-embedded-metrics writes 2 seconds as 2 milliseconds, without a word."
