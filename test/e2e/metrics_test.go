package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/test/metricreader"
)

// AWS's own library for metrics in a log takes each metric of ours, and writes it so that it means the
// same: of a batch with more values than a line may have, of failures, of nothing, and of what is no event.
func TestMetricsAsTheLibraryOfAWSWritesThem(t *testing.T) {
	const many = 250
	slack, tp := newSlack(t), newTopic(t, "metrics")
	variables := both(slack, tp)
	variables["RATE"], variables["DIGEST_AFTER"] = "0", "0"
	f := start(t, variables)
	var findings []string
	for i := range many {
		findings = append(findings, event(8, fmt.Sprint("metrics-", i)))
	}
	f.batch(t, byID(findings), 1)
	slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNotFound)
		return true
	})
	f.invoke(t, event(8, "lost"), 10*time.Second)
	f.invoke(t, `{"Records":[]}`, 10*time.Second)
	f.logged(t, 3)

	var log strings.Builder
	for line := range strings.Lines(f.stdout.String()) {
		if strings.HasPrefix(line, "{") {
			log.WriteString(line)
		}
	}
	ours, err := metricreader.Read(log.String(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	theirs := asTheLibrary(t, log.String())
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("(-the library +ours) %s", diff)
	}
	for name, want := range map[string]int{
		"Tocsin Latency": 2*many + 1, "Tocsin Latency Sink=slack": many, "Tocsin SendDuration Sink=slack": many + 1, "Tocsin Findings": 3,
	} {
		if got := len(ours[name].Values); got != want {
			t.Errorf("%d values of %s, want %d", got, name, want)
		}
	}
	if got := ours.Sum("Tocsin Failures Reason=client Sink=slack"); got != 1 {
		t.Errorf("%v failures by a refusal, want 1", got)
	}
	for _, odd := range []string{`"Unit":"Clicks"`, `"Namespace":"Töcsin"`, `"Sink":""`} { // the library is one that judges
		before := odd[:strings.Index(odd, ":")+2]
		at := strings.Index(log.String(), before)
		end := at + len(before) + strings.Index(log.String()[at+len(before):], `"`)
		forged := log.String()[:at] + odd + log.String()[end+1:]
		if _, err := library(forged); err == nil {
			t.Errorf("the library takes %s", odd)
		}
	}
}

// byID gives each event of a batch a message of its own.
func byID(events []string) map[string]string {
	all := map[string]string{}
	for i, text := range events {
		all[fmt.Sprintf("m%03d", i)] = text
	}
	return all
}

// asTheLibrary returns the metrics of a log as AWS's library has read and written them.
func asTheLibrary(t *testing.T, log string) metricreader.Metrics {
	t.Helper()
	written, err := library(log)
	if err != nil {
		t.Fatal(err)
	}
	all, err := metricreader.Read(written, time.Now())
	if err != nil {
		t.Fatalf("what the library writes: %v", err)
	}
	return all
}

func library(log string) (written string, err error) {
	program := exec.Command("node", "metrics.mjs")
	program.Env = append(slices.Clone(os.Environ()), "AWS_EMF_ENVIRONMENT=Lambda")
	program.Stdin = strings.NewReader(log)
	var stderr bytes.Buffer
	program.Stderr = &stderr
	output, err := program.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	return string(output), nil
}
