package formatter_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
)

// update writes the golden files anew.
var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, golden := range formattertest.Cases() {
		m := formatter.New(golden.Notification, style(t, golden.Settings))
		text := formatter.Subject(m) + "\n\n" + formatter.Text(m, 256<<10) + "\n"
		compare(t, name+".txt", []byte(text))
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, formatter.Slack(m, formatter.SlackPost{}), "", "  "); err != nil {
			t.Fatal(err)
		}
		compare(t, name+".slack.json", append(pretty.Bytes(), '\n'))
	}
}

// style builds a style from the settings that differ from the defaults.
func style(t testing.TB, settings map[string]string) formatter.Style {
	t.Helper()
	style, err := formatter.NewStyle(func(setting string) (string, string) { return setting, settings[setting] })
	if err != nil {
		t.Fatal(err)
	}
	return style
}

func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./formatter -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s has changed; look at it, then: go test ./formatter -update\n%s", path, diff)
	}
}
