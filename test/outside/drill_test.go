package outside_test

import (
	"fmt"
	"strings"
	"testing"
)

// drilled plays a record, and writes down what is said and logged of it, and what is counted.
func (w *world) drilled(t *testing.T, name, record string) {
	t.Helper()
	fmt.Fprintf(&w.text, "== %s\nanswer: %s\n", name, w.invoke(t, batch(t, record)))
	for _, line := range w.log(t) {
		if _, isMetrics := line["_aws"]; !isMetrics {
			fmt.Fprintf(&w.text, "log: %s\n", worded(compact(t, settled(line))))
		} else if metric, isCounted := line["Drill"]; isCounted {
			fmt.Fprintf(&w.text, "metric: Drill %v\n", metric)
		}
	}
	fmt.Fprintf(&w.text, "slack: %d, sns: %d\n\n", len(w.slack.took()), len(w.services.topics()))
}

// Fire drills: what the records are, what is said, logged and counted, and what stands in the table.
func TestDrills(t *testing.T) {
	const envelope = `{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","source":"tocsin","account":"111122223333","region":"eu-west-1",` +
		`"time":"2026-03-16T09:00:00Z","detail-type":`
	const drill = envelope + `"Tocsin Drill","resources":[],"detail":{"rule":"tocsin-findings","drill":"2026-03-16T09:00:00Z","at":"2026-03-16T09:00:00Z"}}`
	const check = envelope + `"Tocsin Drill Check","detail":{"rules":["tocsin-findings","tocsin-findings-health"],"within":"25h"}}`
	w := newWorld(t, "drills", map[string]string{"SLACK_DRILL": "true"})
	w.drilled(t, "a drill", drill)
	w.drilled(t, "a drill of another rule in the same round", strings.Replace(drill, "tocsin-findings", "tocsin-other", 1))
	w.drilled(t, "a check that misses one", check)
	later := strings.NewReplacer("2026-03-16T", "2026-03-17T", `,"tocsin-findings-health"`, "")
	w.drilled(t, "the drill of the next day", later.Replace(drill))
	w.drilled(t, "a check that misses none any more", later.Replace(check))
	w.drilled(t, "a drill of what is no rule", strings.Replace(drill, "tocsin-findings", "<!channel>", 1))
	w.text.WriteString("== the table\n" + items(t, w.table) + "\n")
	golden(t, "drills.txt", w.text.String())
}
