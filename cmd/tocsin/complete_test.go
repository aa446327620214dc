package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// completions returns what a shell would offer.
func completions(t *testing.T, settings map[string]string, args ...string) []string {
	t.Helper()
	code, stdout, stderr := tocsin(t, "", settings, append([]string{"__complete"}, args...)...)
	offered, directive, found := strings.Cut(stdout, "\n:")
	if code != exitDone || !found || !strings.HasPrefix(directive, "36") { // no files, in this order
		t.Fatalf("exit code %d: %q, %s", code, stdout, stderr)
	}
	return strings.Split(offered, "\n")
}

func TestCompletion(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tocsin.yaml")
	if err := os.WriteFile(file, []byte("sinks:\n  shop: {type: console}\n  data: {type: console}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args     []string
		settings map[string]string
		want     string
	}{
		{[]string{"simulate", "--profile", ""}, nil, "steady incident samples"},
		{[]string{"samples", "--source", ""}, nil, "guardduty securityhub-cspm securityhub inspector2 macie"},
		{[]string{"samples", "--source", "macie", "--type", ""}, nil, "bucket-public"},
		{[]string{"samples", "--type", "Trojan:EC2/D"}, nil, "Trojan:EC2/DGADomainRequest.B"},
		{[]string{"replay", "--min-severity", ""}, nil, "low medium high critical"},
		{[]string{"replay", "--sink", ""}, map[string]string{"SINKS": "oncall=console,console"}, "oncall console slack"},
		{[]string{"replay", "--config", file, "--sink", ""}, nil, "shop data slack"},
		{[]string{"replay", "--sink", ""}, map[string]string{"SINKS": "nothing"}, "slack teams"},
		{[]string{"accounts", "--format", ""}, nil, "json pairs"},
	} {
		if got := strings.Join(completions(t, test.settings, test.args...), " "); !strings.HasPrefix(got, test.want) {
			t.Errorf("%v: got %s, want %s", test.args, got, test.want)
		}
	}
}
