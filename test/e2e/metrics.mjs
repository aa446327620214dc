// AWS's own library for embedded metrics reads a log of ours, and writes the same metrics: each value goes through its
// checks, and what it writes instead is on the standard output.
import { createInterface } from 'node:readline'
import { createMetricsLogger } from 'aws-embedded-metrics'
import validator from 'aws-embedded-metrics/lib/utils/Validator.js'

for await (const text of createInterface({ input: process.stdin })) {
  const line = JSON.parse(text)
  if (line._aws === undefined) continue
  validator.validateTimestamp(new Date(line._aws.Timestamp))
  for (const directive of line._aws.CloudWatchMetrics) {
    validator.validateNamespace(directive.Namespace)
    for (const names of directive.Dimensions) {
      const dimensions = Object.fromEntries(names.map((name) => [name, line[name]]))
      validator.validateDimensionSet(dimensions)
      const logger = createMetricsLogger()
      logger.setNamespace(directive.Namespace)
      logger.resetDimensions(false)
      logger.setDimensions(dimensions)
      logger.setTimestamp(new Date(line._aws.Timestamp))
      for (const { Name, Unit } of directive.Metrics) {
        for (const value of [line[Name]].flat()) {
          validator.validateMetric(Name, value, Unit)
          logger.putMetric(Name, value, Unit)
        }
      }
      await logger.flush()
    }
  }
}
