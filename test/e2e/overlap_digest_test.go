package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// overlapDigests are the digests that are in the table.
type overlapDigests struct {
	number int
	// lost are those that were neither sent nor are a letter.
	lost []string
	// holds are the numbers and versions of what stands in the others.
	holds map[[2]int]bool
	items []map[string]tableValue
	// byOld and byNew are what the ledger says was put into digests last, by the key of the finding.
	byOld, byNew map[string]gatheredLast
}

// gatheredLast is what the ledger says was sent last to a sink.
type gatheredLast struct {
	Version struct{ Count int }
	At      time.Time
}

// readDigests reads what stands in the table.
func (w *overlapWorld) readDigests(t *testing.T) overlapDigests {
	t.Helper()
	d := overlapDigests{holds: map[[2]int]bool{}, byOld: map[string]gatheredLast{}, byNew: map[string]gatheredLast{}, items: w.items(t)}
	known, sent := map[string][]string{}, map[string]bool{}
	for _, item := range d.items {
		d.readLast(item)
		if id, isOne := strings.CutPrefix(item["pk"].S, "/digest/gathered/"); isOne {
			known[id] = append(known[id], item["item"].S)
		}
		if id, isOne := strings.CutPrefix(item["pk"].S, "tocsin///"); isOne && strings.Contains(item["record"].S, `"last":`) {
			sent[id] = true
		}
	}
	d.number = len(known)
	for id, findings := range known {
		isLetter := false
		for _, letter := range w.queue.letters {
			isLetter = isLetter || strings.Contains(letter.body, id)
		}
		if !sent[id] && !isLetter {
			d.lost = append(d.lost, "digest "+id)
			continue
		}
		for _, text := range findings {
			numbers, versions := namesIn(text)
			d.holds[[2]int{numbers[0], versions[0]}] = true
		}
	}
	return d
}

// readLast reads the records of a finding, of both forms.
func (d overlapDigests) readLast(item map[string]tableValue) {
	var record struct {
		Last  gatheredLast
		Sinks map[string]struct {
			Last gatheredLast
			At   time.Time
		}
	}
	if json.Unmarshal([]byte(item["record"].S), &record) != nil {
		return
	}
	switch one := record.Sinks["gathered"]; item["sk"].S {
	case "gathered":
		d.byOld[item["pk"].S] = record.Last
	case "/sinks":
		if one.Last.At.IsZero() {
			one.Last = gatheredLast{record.Last.Version, one.At} // it has it in common with others
		}
		d.byNew[item["pk"].S] = one.Last
	}
}

// isReplaced reports whether the new build has put a version into a digest, or one after it, and the old one an
// older version after that: both under the key of the finding.
func (d overlapDigests) isReplaced(number, version int) bool {
	key := fmt.Sprintf("aws.guardduty/111122223333/eu-west-1/%032x", number)
	older, newer := d.byOld[key], d.byNew[key]
	return newer.Version.Count >= version && older.Version.Count < version && older.At.After(newer.At)
}

// traces returns what the table holds of a finding.
func (d overlapDigests) traces(number int) (all []map[string]tableValue) {
	for _, item := range d.items {
		if id := fmt.Sprintf("%032x", number); strings.HasSuffix(item["pk"].S, id) || strings.HasSuffix(item["sk"].S, id) {
			all = append(all, item)
		}
	}
	return all
}

// tableValue is a value of the table: a text or a number.
type tableValue struct{ S, N string }

// items returns everything that is in the table.
func (w *overlapWorld) items(t *testing.T) (all []map[string]tableValue) {
	t.Helper()
	in := map[string]any{"TableName": "overlap"}
	for {
		var page struct {
			Items            []map[string]tableValue
			LastEvaluatedKey map[string]map[string]string
		}
		decode(t, awsJSON(t, w.tables, "DynamoDB_20120810.Scan", in), &page)
		all = append(all, page.Items...)
		if len(page.LastEvaluatedKey) == 0 {
			return all
		}
		in["ExclusiveStartKey"] = page.LastEvaluatedKey
	}
}
