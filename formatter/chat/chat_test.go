package chat_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/chat"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for name, c := range formattertest.Cases() {
		m := formattertest.Message(t, c)
		body := chat.Render(m, "thread-1")
		check(t, m, body)
		var pretty bytes.Buffer
		encoder := json.NewEncoder(&pretty)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(json.RawMessage(body)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, pretty.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v; write it with: go test ./formatter/chat -update", err)
		}
		if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
			t.Errorf("%s has changed; look at it, then: go test ./formatter/chat -update\n%s", path, diff)
		}
	}
}

// attacks are those of every channel, and those in Chat's own words.
func attacks() map[string]string {
	all := formattertest.Attacks()
	all["Chat's mentions"] = "<users/all> <users/123456789012345678901> < users/all> <users/<users/all>all> &lt;users/all&gt;"
	all["Chat's links"] = "<https://evil.example|Open> <https://evil.example> <mailto:a@evil.example|x> <tel:1|x>"
	all["Chat's marks"] = "*b* _i_ __i__ ~s~ `c` ```block``` * item - item _a_b_ x_y_z"
	all["Chat's HTML"] = `<b>b</b><a href="https://evil.example">x</a><font color="#fff">x</font><br><time>1</time></b></font>`
	all["a list"] = "- one\n- two\n* three\n  - four"
	all["half an element"] = `</a><a href="`
	return all
}

func TestAttacksAreDead(t *testing.T) {
	everything := formattertest.Everything(t)
	for name, attack := range attacks() {
		t.Run(name, func(t *testing.T) {
			for _, isMinimal := range []bool{false, true} {
				for _, style := range []formatter.Style{{}, everything} {
					n := formattertest.Filled(attack)
					n.Minimal = isMinimal
					render(t, formatter.New(n, style))
					n.Kind, n.Findings = notify.KindDigest, append(n.Findings, n.Findings[0])
					render(t, formatter.New(n, style))
				}
			}
		})
	}
}

// The same holds for whole events of every source, whichever member is an attacker's.
func TestWholeEventsAreDead(t *testing.T) {
	style := formattertest.Style(t, nil)
	for event, n := range formattertest.Whole(t) {
		render(t, formatter.New(n, style))
		if t.Failed() {
			t.Fatal(event)
		}
	}
}

// The longest findings fit, and still say the headline and lead on.
func TestHugeFindings(t *testing.T) {
	all := formattertest.Huge()
	all["in escapes"] = formattertest.Filled(strings.Repeat("<&é🔥", 30_000))
	for _, n := range all {
		for _, style := range []formatter.Style{formattertest.Style(t, nil), formattertest.Everything(t)} {
			m := formatter.New(n, style)
			body := string(render(t, m))
			if !strings.Contains(body, m.LevelName) || len(m.Links) > 0 && !strings.Contains(body, `"url":"https://`) {
				t.Errorf("the headline or the link is lost: %.300s", body)
			}
		}
	}
}

// The end of a finding is short, and has what has changed.
func TestEndIsShort(t *testing.T) {
	m := formattertest.Message(t, formattertest.Cases()["ended"])
	body := string(render(t, m))
	if m.Facts == nil || strings.Contains(body, m.Facts[0].Value) || !strings.Contains(body, m.Changes[0]) {
		t.Errorf("got %s", body)
	}
}

// A name with underscores stays as it is: people copy it.
func TestNamesStay(t *testing.T) {
	n := notify.Notification{Findings: []finding.Finding{formattertest.Exfiltration()}, Minimal: true}
	n.Findings[0].Resource.ID, n.Findings[0].Resource.Name = "my_role_name", ""
	if body := string(render(t, formatter.New(n, formatter.Style{}))); !strings.Contains(body, "my_role_name") {
		t.Errorf("got %s", body)
	}
}

func TestSizes(t *testing.T) {
	body := render(t, formattertest.Message(t, formattertest.Cases()["longest"]))
	sizes, err := chat.Sizes(body)
	if err != nil || len(sizes) != 2 || sizes[0].Value != len(body) || sizes[1].Value < 4 {
		t.Errorf("got %v, error %v", sizes, err)
	}
	for _, size := range sizes {
		if size.Value > size.Limit {
			t.Errorf("%s: %d of %d", size.What, size.Value, size.Limit)
		}
	}
	if _, err := chat.Sizes([]byte("{")); err == nil {
		t.Error("half a message has sizes")
	}
}

func FuzzRender(f *testing.F) {
	for _, attack := range attacks() {
		if len(attack) < 1000 {
			f.Add(attack)
		}
	}
	f.Fuzz(func(t *testing.T, attack string) {
		n := formattertest.Filled(attack)
		render(t, formatter.New(n, formatter.Style{}))
		n.Minimal = true
		render(t, formatter.New(n, formatter.Style{}))
	})
}
