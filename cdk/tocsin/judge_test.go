package tocsin_test

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
)

// Conditions and mutes are judged at synth as the function judges them at start.
func TestConditionsAndMutes(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"a condition":               {map[string]string{"WHEN": `level == "high"`}, ""},
		"a mistake in a condition":  {map[string]string{"SNS_WHEN": "levl"}, "env.SNS_WHEN: line 1, column 1: unknown name levl"},
		"mutes":                     {map[string]string{"MUTES": "[{when: sample, until: 2999-01-01, reason: x}]"}, ""},
		"a mistake in a mute":       {map[string]string{"MUTES": "[{when: sample, until: 2999-01-01}]"}, "env.MUTES: line 1: reason is missing"},
		"mutes in code in a bucket": {map[string]string{"MUTES": "file:mutes.yaml"}, ""},
		"mutes in a secret":         {map[string]string{"MUTES": secretArn}, ""},
	} {
		err := (&tocsin.Props{Code: tocsin.Code{Bucket: "code", Key: "tocsin.zip"}, Env: test.env}).Validate()
		if (test.want == "") != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// A file of mutes is looked for where the function will find it: beside its program, in a folder or
// a zip.
func TestMutesBesideTheProgram(t *testing.T) {
	const good, bad = "[{when: sample, until: 2999-01-01, reason: x}]", "[{when: smple, until: 2999-01-01, reason: x}]"
	for name, test := range map[string]struct{ file, text, want string }{
		"good":      {"mutes.yaml", good, ""},
		"bad":       {"mutes.yaml", bad, "env.MUTES: line 1: when: line 1, column 1: unknown name smple"},
		"not there": {"other.yaml", good, "env.MUTES: the file that it names cannot be read (the function's zip has no such file)"},
	} {
		folder := t.TempDir()
		packed := filepath.Join(t.TempDir(), "tocsin.zip")
		target, err := os.Create(packed)
		if err != nil {
			t.Fatal(err)
		}
		archive := zip.NewWriter(target)
		for file, text := range map[string]string{"bootstrap": "x", test.file: test.text} {
			entry, createErr := archive.Create(file)
			if createErr != nil {
				t.Fatal(createErr)
			}
			_, writeErr := entry.Write([]byte(text))
			if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil || writeErr != nil {
				t.Fatal(err, writeErr)
			}
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		if err := target.Close(); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{folder, packed} {
			err := (&tocsin.Props{Code: tocsin.Code{Path: path}, Env: map[string]string{"MUTES": "file:mutes.yaml"}}).Validate()
			if (test.want == "") != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%s: got %v, want %q", name, err, test.want)
			}
		}
	}
}

// What is judged is the function's configuration: nothing of the machine that synthesises counts,
// be it variables of the function's own or the AWS settings.
func TestNothingOfThisMachineCounts(t *testing.T) {
	for name, value := range map[string]string{
		"SINKS": "nonsense", "MIN_SEVERITY": "loud", "SNS_TOPIC": "x", "SNS_RATE": "x", "LEDGER": "x",
		"AWS_PROFILE": "nowhere", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	before := os.Environ()
	if err := props().Validate(); err != nil {
		t.Error(err)
	}
	if err := props(func(p *tocsin.Props) { p.MinSeverity = "loud" }).Validate(); err == nil || !strings.HasPrefix(err.Error(), "minSeverity: ") {
		t.Errorf("got %v", err)
	}
	if after := os.Environ(); !slices.Equal(before, after) {
		t.Error("the environment is not what it was")
	}
}
