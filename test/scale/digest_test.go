package scale_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/digest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	pkgtable "github.com/tocsin-sec/tocsin/pkg/table"
)

// TestLargeDigests sends digests of more and more findings: a digest is read as a whole.
func TestLargeDigests(t *testing.T) {
	skipUnlessWanted(t)
	g := newGrid("findings in the digest", "MB in the table", "pages of a query", "s", "of them CPU", "CPU of a finding, us", "MiB at the most", "KiB of a finding", "outcome")
	sizes := []int{200}
	if isFull() {
		sizes = []int{100, 1_000, 5_000, 10_000, 20_000, 30_000, 50_000}
	}
	base := 0
	for _, size := range sizes {
		d := flushed(t, size)
		if base == 0 {
			base = d.memory.most
		}
		g.row(grouped(size), fmt.Sprintf("%.1f", float64(d.bytes)/1e6), fmt.Sprint(d.bytes>>20+1), fmt.Sprintf("%.2f", d.took.Seconds()), fmt.Sprintf("%.2f", d.cpu.Seconds()),
			fmt.Sprint(d.cpu.Microseconds()/int64(size)), mebibytes(d.memory.most), fmt.Sprintf("%.1f", float64(d.memory.most-base)/1024/float64(size)), d.outcome)
		say("a digest of %s findings: %s in %.2f s, %s MiB", grouped(size), d.outcome, d.took.Seconds(), mebibytes(d.memory.most))
		if size <= 20_000 && d.outcome != "sent" {
			t.Errorf("a digest of %d findings: %s", size, d.outcome)
		}
	}
	publish(t, "digests", g.String())
}

// sentDigest is what came of a digest.
type sentDigest struct {
	bytes     int
	took, cpu time.Duration
	memory    memory
	outcome   string
}

// flushed lets a function send a digest of so many findings.
func flushed(t *testing.T, size int) (d sentDigest) {
	t.Helper()
	tables := startTable(t)
	defer tables.stop()
	flush := filledDigest(t, tables, size)
	d.bytes = tables.size(t).Bytes
	w := newWorld(t, newQueue(newStream(time.Now()), 0), 0)
	variables := w.variables(tables.url)
	variables["SINKS"], variables["DIGEST_AFTER"] = "slack", "10"
	for name := range variables {
		if strings.HasPrefix(name, "BOARD_") || strings.HasPrefix(name, "SNS_") {
			delete(variables, name)
		}
	}
	f := start(t, variables, 30*time.Second, nil)
	defer f.stop()
	event, err := flush.Event()
	if err != nil {
		t.Fatal(err)
	}
	before := f.cpu()
	body, took := f.invoke(t, payload([]record{newRecord("flush-1", string(event), 1)}))
	d.took, d.cpu, d.memory, d.outcome = took, f.cpu()-before, f.memory(), "sent"
	if ids, err := kept(body); err != nil || len(ids) > 0 {
		d.outcome = "**handed back**"
	}
	return d
}

// filledDigest puts findings into the open digest of slack, and returns the record that asks for it.
func filledDigest(t *testing.T, tables *table, size int) (flush digest.Flush) {
	t.Helper()
	useTable(t, tables)
	store, err := pkgtable.NewDynamoDB(t.Context(), tableName)
	if err != nil {
		t.Fatal(err)
	}
	d := digest.New(store, nil)
	one := finding.Finding{
		ID: fmt.Sprintf("%032x", 1), Source: "aws.guardduty", Type: "UnauthorizedAccess:EC2/SSHBruteForce", Severity: 5,
		Title:    "198.51.100.7 is performing SSH brute force attacks against i-0123456789abcdef0.",
		Place:    finding.Place{Account: finding.Account{ID: "111122223333"}, Region: "eu-west-1", Partition: "aws"},
		Resource: finding.Resource{Type: "Instance", ID: "i-0123456789abcdef0", ARN: "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0"},
		Activity: finding.Activity{Count: 7, Updated: time.Now(), Created: time.Now(), FirstSeen: time.Now(), LastSeen: time.Now()},
	}
	err = d.Gather(t.Context(), digest.GatherRequest{
		Sink: "slack", Finding: &one, Every: time.Minute, Until: time.Now(),
		Announce: func(_ context.Context, f digest.Flush) error { flush = f; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	list := "/digest/slack/" + flush.Digest
	items, err := store.Items(t.Context(), list)
	if err != nil || len(items) != 1 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	for i := 1; i < size; i++ {
		item := items[0]
		item.Key = strings.Replace(item.Key, one.ID, fmt.Sprintf("%032x", i+1), 1)
		item.Text = strings.ReplaceAll(item.Text, one.ID, fmt.Sprintf("%032x", i+1))
		item.Text = strings.ReplaceAll(item.Text, "i-0123456789abcdef0", fmt.Sprintf("i-%017x", i/3))
		if err := store.Append(t.Context(), list, item); err != nil {
			t.Fatal(err)
		}
	}
	return flush
}
