package chat_test

import (
	"flag"
	"strings"
	"testing"

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
		formattertest.Golden(t, name+".json", formattertest.Indented(t, body), *update)
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

func renders(t testing.TB, m formatter.Message) {
	t.Helper()
	render(t, m)
}

func TestAttacksAreDead(t *testing.T) { formattertest.Attacked(t, attacks(), renders) }

// The same holds for whole events of every source, whichever member is an attacker's.
func TestWholeEventsAreDead(t *testing.T) { formattertest.AttackedWhole(t, renders) }

// The longest findings fit, and still say the headline and lead on.
func TestHugeFindings(t *testing.T) {
	all := formattertest.Huge()
	all["in escapes"] = formattertest.Filled(strings.Repeat("<&é🔥", 30_000))
	formattertest.Oversized(t, all, func(t testing.TB, m formatter.Message) {
		body, link := string(render(t, m)), `"url":"https://`
		if m.Minimal {
			link = "https://" // in its text
		}
		if !strings.Contains(body, m.LevelName) || len(m.Links) > 0 && !strings.Contains(body, link) {
			t.Errorf("the headline or the link is lost: %.300s", body)
		}
	})
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
	formattertest.Seed(f, attacks())
	f.Fuzz(func(t *testing.T, attack string) {
		n := formattertest.Filled(attack)
		render(t, formatter.New(n, formatter.Style{}))
		n.Minimal = true
		render(t, formatter.New(n, formatter.Style{}))
	})
}
