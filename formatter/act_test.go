package formatter_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// labels returns the buttons of a notification as "name: label".
func labels(t *testing.T, n notify.Notification) []string {
	t.Helper()
	var all []string
	for _, act := range formatter.New(n, formattertest.Style(t, nil).WithActs()).Acts {
		all = append(all, act.Name+": "+act.Label)
	}
	return all
}

func TestActs(t *testing.T) {
	with := func(change func(*notify.Notification)) notify.Notification {
		n := formattertest.WithButtons()
		change(&n)
		return n
	}
	all := []string{"acknowledge: Acknowledge", "mute: Mute…", "archive: Archive in GuardDuty"}
	for name, test := range map[string]struct {
		notification notify.Notification
		want         []string
	}{
		"a finding":              {formattertest.WithButtons(), all},
		"nobody has it":          {formattertest.Escalated(), all},
		"somebody has it":        {formattertest.Taken(), []string{"give_back: Give back", "mute: Mute…", "archive: Archive in GuardDuty"}},
		"what undoes it":         {formattertest.Acted(), []string{"unmute: End the mute"}},
		"who has found it first": {with(func(n *notify.Notification) { n.Findings[0].Native.Product = "Macie" }), []string{all[0], all[1], "archive: Archive in Macie"}},
		"nobody says who found it": {with(func(n *notify.Notification) { n.Findings[0].About = finding.About{} }), []string{
			all[0], all[1], "archive: Archive",
		}},
		"nothing to be done":        {with(func(n *notify.Notification) { n.Acts = nil }), nil},
		"of a later version":        {with(func(n *notify.Notification) { n.Acts = []notify.Act{{Name: "dance", Value: "x"}} }), nil},
		"without a value":           {with(func(n *notify.Notification) { n.Acts = []notify.Act{{Name: notify.ActMute}} }), nil},
		"what is over":              {with(func(n *notify.Notification) { n.Findings[0].State = finding.Archived }), nil},
		"an end":                    {with(func(n *notify.Notification) { n.Kind = notify.KindResolved }), nil},
		"a digest of two":           {with(func(n *notify.Notification) { n.Findings = append(n.Findings, n.Findings[0]) }), nil},
		"a word without a finding":  {with(func(n *notify.Notification) { n.Findings, n.Word.Name = nil, "drill" }), nil},
		"the undoing of an archive": {with(func(n *notify.Notification) { n.Acts = []notify.Act{{Name: notify.ActUnarchive, Value: "x"}} }), []string{"unarchive: Undo the archiving"}},
	} {
		if diff := cmp.Diff(test.want, labels(t, test.notification)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if m := formatter.New(formattertest.WithButtons(), formatter.Style{}.WithParts()); m.Acts != nil {
		t.Errorf("a channel without buttons gets %v", m.Acts)
	}
}

// Archiving weakens what GuardDuty sees: that is said before it is done, and of nothing else.
func TestArchiveIsConfirmed(t *testing.T) {
	for _, language := range []string{"en", "ja"} {
		for _, act := range formatter.New(formattertest.WithButtons(), formattertest.Style(t, map[string]string{"MESSAGE_LANG": language}).WithActs()).Acts {
			isAsked := act.Confirm != formatter.Confirm{}
			if isAsked != (act.Name == notify.ActArchive) {
				t.Errorf("%s %s: asks %+v", language, act.Name, act.Confirm)
			}
			if isAsked && (!strings.Contains(act.Confirm.Text, "GuardDuty") || act.Confirm.Title == "" || act.Confirm.Yes == "" || act.Confirm.No == "") {
				t.Errorf("%s: asks %+v", language, act.Confirm)
			}
		}
	}
}

func TestTaken(t *testing.T) {
	at := time.Date(2026, 11, 29, 10, 0, 30, 0, time.UTC)
	for name, test := range map[string]struct {
		taken    notify.Taken
		settings map[string]string
		want     string
	}{
		"nobody":           {notify.Taken{By: notify.Person{Name: "jane"}}, nil, ""},
		"by name":          {notify.Taken{By: notify.Person{ID: "U1", Name: "jane"}, At: at}, nil, "Acknowledged by jane, {2026-11-29T10:00:30Z}2026-11-29 10:00 UTC"},
		"by id":            {notify.Taken{By: notify.Person{ID: "U1"}, At: at}, nil, "Acknowledged by U1, {2026-11-29T10:00:30Z}2026-11-29 10:00 UTC"},
		"without either":   {notify.Taken{At: at}, nil, "Acknowledged by not stated, {2026-11-29T10:00:30Z}2026-11-29 10:00 UTC"},
		"in Tokyo":         {notify.Taken{By: notify.Person{Name: "jane"}, At: at}, map[string]string{"TIME_ZONE": "Asia/Tokyo"}, "Acknowledged by jane, {2026-11-29T10:00:30Z}2026-11-29 19:00 JST / 2026-11-29 10:00 UTC"},
		"in Japanese":      {notify.Taken{By: notify.Person{Name: "jane"}, At: at}, map[string]string{"MESSAGE_LANG": "ja"}, "jane が対応中 ({2026-11-29T10:00:30Z}2026年11月29日 10:00 UTC から)"},
		"a name of marks":  {notify.Taken{By: notify.Person{Name: "\x01ja\x04ne\x05\x02{at}\n"}, At: at}, nil, "Acknowledged by jane{at}, {2026-11-29T10:00:30Z}2026-11-29 10:00 UTC"},
		"an address":       {notify.Taken{By: notify.Person{Name: "https://evil.example/"}, At: at}, nil, "Acknowledged by hxxps://evil[.]example/, {2026-11-29T10:00:30Z}2026-11-29 10:00 UTC"},
		"a name of spaces": {notify.Taken{By: notify.Person{ID: "U1", Name: " \u200b "}, At: at}, nil, "Acknowledged by U1, {2026-11-29T10:00:30Z}2026-11-29 10:00 UTC"},
	} {
		n := formattertest.WithButtons()
		n.Taken = test.taken
		m := formatter.New(n, formattertest.Style(t, test.settings).WithActs())
		if got := written(m.Taken); got != test.want || m.Taken.Label != "" {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, test.want)
		}
		if hasLine := slices.Contains(m.News(), m.Taken.Value); hasLine != (test.want != "") || len(m.Changes) != 0 {
			t.Errorf("%s: the news are %q", name, m.News())
		}
	}
	n := formattertest.Taken()
	n.Taken.By.Name = strings.Repeat("é", 10_000)
	if got := formatter.New(n, formattertest.Style(t, nil).WithActs()).Taken.Value; len([]rune(got)) > 150 {
		t.Errorf("a name of any length: %d characters", len([]rune(got)))
	}
}

// Who has a finding is enough: nobody else is called. That nobody has one calls those whom it would itself.
func TestTakenCallsNobody(t *testing.T) {
	low := formattertest.Escalated()
	low.Findings[0].Severity = 5
	escalatedThough := formattertest.Escalated()
	escalatedThough.Taken = formattertest.Taken().Taken
	anew := formattertest.WithButtons()
	anew.Taken = escalatedThough.Taken
	for name, test := range map[string]struct {
		notification notify.Notification
		want         int
	}{
		"an update that rises, taken": {formattertest.Taken(), 0}, "told anew, taken": {anew, 0}, "a finding": {formattertest.WithButtons(), 1},
		"escalated": {formattertest.Escalated(), 1}, "escalated though taken": {escalatedThough, 1}, "escalated below the threshold": {low, 0},
		"what somebody did": {formattertest.Acted(), 0},
	} {
		m := formatter.New(test.notification, formattertest.Style(t, map[string]string{"MENTION": "<!here>"}).WithActs())
		if len(m.Mentions) != test.want {
			t.Errorf("%s: calls %v, want %d", name, m.Mentions, test.want)
		}
	}
}

// What somebody did is said in a title of its own, with who it was as a part; it says which finding it is about,
// and shows nothing of it.
func TestActed(t *testing.T) {
	m := formatter.New(formattertest.Acted(), formattertest.Style(t, nil).WithActs())
	if m.Title != "jane (U012AB3CD) has muted this type on this resource" || m.Title != m.Said.Value || m.LevelName != "" {
		t.Errorf("the title is %q, as said %q", m.Title, m.Said.Value)
	}
	if m.About != "Trojan:EC2/DNSDataExfiltration · i-0a1b2c3d4e5f60718 · 111122223333 / ap-northeast-1" || len(m.Links) != 0 {
		t.Errorf("it is about %q, with %v", m.About, m.Links)
	}
	var names []string
	for _, fact := range m.Facts {
		names = append(names, fact.Name+"="+fact.Value)
	}
	if diff := cmp.Diff([]string{"until=2026-12-06 10:00:30 UTC", "reason=a scanner of ours", "mute=slack-20261129-ab12"}, names); diff != "" {
		t.Error(diff)
	}
	for part := range m.Said.Parts() {
		if part.Form == formatter.FormPerson && (part.ID != "U012AB3CD" || part.Text != "jane (U012AB3CD)") {
			t.Errorf("who did it is %+v", part)
		}
	}
}

// Every act has words in each language, and so has that it failed; what cannot be told apart is told in general.
func TestWordsOfActs(t *testing.T) {
	for _, language := range []string{"en", "ja"} {
		seen := map[string]bool{}
		say := func(name, what string) {
			n := formattertest.Acted()
			n.Word.Name, n.Word.Values[1].Text = name, what
			m := formatter.New(n, formattertest.Style(t, map[string]string{"MESSAGE_LANG": language}).WithActs())
			if m.Title == "" || strings.ContainsAny(m.Title, "{}") || !strings.Contains(m.Title, "jane (U012AB3CD)") || seen[m.Title] {
				t.Errorf("%s %s %s: %q", language, name, what, m.Title)
			}
			seen[m.Title] = true
			isShown := slices.ContainsFunc(m.Facts, func(f formatter.Fact) bool { return f.Name == "what" })
			if isShown != (what == "something else") {
				t.Errorf("%s %s %s: what was done is among the facts: %v", language, name, what, isShown)
			}
		}
		acts := []string{notify.ActAcknowledge, notify.ActGiveBack, notify.ActMute, notify.ActUnmute, notify.ActArchive, notify.ActUnarchive}
		for _, act := range acts {
			say("act_"+act, "something else")
			say("act_failed", act)
		}
		say("act_failed", "something else")
		for _, scope := range []string{"finding", "resource", "account"} {
			say("act_mute", scope)
		}
	}
}

func TestEscalated(t *testing.T) {
	m := formatter.New(formattertest.Escalated(), formattertest.Style(t, nil).WithActs())
	if want := []string{"Nobody has acknowledged this for 15 min. It was sent to team at 2026-11-29 10:00:30 UTC."}; !slices.Equal(m.Changes, want) {
		t.Errorf("above it stands %q", m.Changes)
	}
	plain := formatter.New(formattertest.WithButtons(), formattertest.Style(t, nil).WithActs())
	if !slices.Equal(m.Marks, []string{"ESCALATED"}) || m.Title != plain.Title || !slices.Equal(m.Facts, plain.Facts) || !slices.Equal(m.Links, plain.Links) || m.LevelName != "HIGH" {
		t.Errorf("it is not the finding: %+v", m)
	}
	n := formattertest.Escalated()
	n.Word.Values[1].Text = "a while"
	if m := formatter.New(n, formattertest.Style(t, nil).WithActs()); !strings.Contains(m.Changes[0], "for a while.") {
		t.Errorf("got %q", m.Changes)
	}
}

// The buttons go before anything that is read, and who has it after all that is read.
func TestActsGoFirst(t *testing.T) {
	m := formatter.New(formattertest.Taken(), formattertest.Style(t, nil).WithActs())
	smaller, ok := m.Smaller()
	if !ok || smaller.Acts != nil || len(smaller.Facts) != len(m.Facts) || smaller.Taken != m.Taken {
		t.Errorf("the first to go is something else: %+v", smaller)
	}
	for next := smaller; ok; next, ok = smaller.Smaller() {
		if next.Taken.Value == "" && smaller.Taken.Value != "" && (len(next.Facts) > 0 || next.Summary != "" || len(next.Links) < 2) {
			t.Fatalf("who has it goes before %+v", next)
		}
		smaller = next
	}
	if smaller.Taken.Value != "" {
		t.Error("who has it never goes")
	}
}
