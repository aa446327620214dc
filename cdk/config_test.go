package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// command is the program tocsin.
func command(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tocsin")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/tocsin")
	build.Dir = ".."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return path
}

// What is checked is what is deployed: tocsin check and the synthesis find the same mistakes in a
// file, in the same lines and words.
func TestCheckAndSynthAgree(t *testing.T) {
	app, tocsin := program(t), command(t)
	for name, test := range map[string]struct {
		text  string
		lines []string // that the mistakes are in
	}{
		"keys": {
			"min_severty: high\naccounts:\n  \"1111-2222-3333\": a\nsinks:\n  slak:\n    channel: x\n  sqs:\n    queue_uri: y\n",
			[]string{"tocsin.yaml:1:", "tocsin.yaml:3:", "tocsin.yaml:5:", "tocsin.yaml:8:"},
		},
		"values": {
			"min_severity: hihg\nsource_severity: {guardduty: low}\nsinks:\n  console:\n    rate: fast\n    when: level == \"hihg\"\n" +
				"  lake:\n    type: sqs\n    queue_url: nowhere\nmutes:\n  - when: severity >= 70\n    until: 2999-01-01\n    reason: x\n",
			[]string{"tocsin.yaml:10:", "tocsin.yaml:1:", "tocsin.yaml:2:", "tocsin.yaml:5:", "tocsin.yaml:6:", "tocsin.yaml:9:"},
		},
		"no YAML": {"sinks: a: b\n", []string{"tocsin.yaml:1:"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "tocsin.yaml")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var checked bytes.Buffer
			check := exec.CommandContext(t.Context(), tocsin, "check", "--config", file)
			check.Stderr = &checked
			if err := check.Run(); err == nil {
				t.Error("check: want a failure")
			}
			synthesised, err := run(t, app, nil, "-c", "codeBucket=code", "-c", "codeKey=tocsin.zip", "-c", "config="+file)
			if err == nil {
				t.Error("synth: want a failure")
			}
			ofCheck, ofSynth := mistakes(checked.String()), mistakes(synthesised)
			if !slices.Equal(ofCheck, ofSynth) {
				t.Errorf("check says\n%s\nand the synthesis\n%s", strings.Join(ofCheck, "\n"), strings.Join(ofSynth, "\n"))
			}
			if !slices.EqualFunc(ofCheck, test.lines, strings.HasPrefix) {
				t.Errorf("got\n%s\nin the lines %v", strings.Join(ofCheck, "\n"), test.lines)
			}
		})
	}
}

// mistakes returns the lines of an output that are about the file, sorted as texts: 10 before 1.
func mistakes(output string) []string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "tocsin: ")
		if strings.HasPrefix(line, "tocsin.yaml:") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// The file is found at the top of the project too, where the CDK's command line does not run the app;
// the plain templates say that the zip has to hold it, and their member has its thresholds.
func TestConfigOfTemplates(t *testing.T) {
	app, folder := program(t), t.TempDir()
	stderr, err := runIn(t, ".", app, nil, "-template", folder, "-c", "config=docs/examples/tocsin.yaml")
	if err != nil || !strings.Contains(stderr, "tocsin: config: the zip in the bucket has to hold tocsin.yaml") ||
		!strings.Contains(stderr, "make build BUNDLE=") {
		t.Errorf("%v\n%s", err, stderr)
	}
	function := find(t, read(t, filepath.Join(folder, "tocsin.template.json")), "AWS::Lambda::Function")
	variables := function["Environment"].(map[string]any)["Variables"].(map[string]any)
	if variables["CONFIG"] != "file:tocsin.yaml" || variables["SINKS"] != nil || len(variables) != 4 {
		t.Errorf("got %v", variables)
	}
	hub := find(t, read(t, filepath.Join(folder, "tocsin.template.json")), "AWS::Events::Rule")["EventPattern"]
	member := find(t, read(t, filepath.Join(folder, "tocsin-member.template.json")), "AWS::Events::Rule")["EventPattern"]
	if marshal(t, hub) != marshal(t, member) {
		t.Errorf("the hub's rule has %v, the member's %v", hub, member)
	}
	stderr, err = run(t, app, nil, "-template", folder, "-c", "config=docs/examples/tocsin.yaml")
	if err == nil || !strings.HasPrefix(stderr, "tocsin: config: the file cannot be read") {
		t.Errorf("outside of the project: %v\n%s", err, stderr)
	}
}

func marshal(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
