package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events/eventstest"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/ledger"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// publication returns a version of a finding some hours after the first one.
func publication(hours float64, change func(*finding.Finding)) finding.Finding {
	f := finding.Finding{ID: "f", Source: "aws.guardduty", Severity: 5, Resource: finding.Resource{Type: "Instance", ID: "i-1"}}
	f.Count = 3
	f.Updated = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(hours * float64(time.Hour)))
	f.Actor.Remote.IP = "198.51.100.1"
	if change != nil {
		change(&f)
	}
	return f
}

func TestRepeat(t *testing.T) {
	level := func(s finding.Severity) func(*finding.Finding) {
		return func(f *finding.Finding) { f.Severity = s }
	}
	count := func(n int) func(*finding.Finding) { return func(f *finding.Finding) { f.Count = n } }
	actor := func(ip string) func(*finding.Finding) {
		return func(f *finding.Finding) { f.Actor.Remote.IP = ip }
	}
	for _, test := range []struct {
		repeat string
		f      finding.Finding
		want   ledger.Verdict
		reason string
	}{
		{"changes", publication(1, nil), ledger.Repeated, "nothing new since the message of "},
		{"changes", publication(1, level(6.9)), ledger.Repeated, "nothing new"},
		{"changes", publication(1, level(7)), ledger.Update, "the level rose from medium to high"},
		{"changes", publication(1, level(0)), ledger.Update, "the level rose from medium to unknown"},
		{"changes", publication(1, level(2)), ledger.Repeated, "nothing new"},
		{"changes", publication(1, level(finding.Unstated)), ledger.Repeated, "nothing new"},
		{"changes", publication(1, level(finding.Untriaged)), ledger.Repeated, "nothing new"},
		{"changes", publication(1, count(9)), ledger.Repeated, "nothing new"},
		{"changes", publication(1, count(10)), ledger.Update, "the count passed 10"},
		{"changes", publication(1, count(4321)), ledger.Update, "the count passed 1000"},
		{"changes", publication(0.25, actor("198.51.100.2")), ledger.Update, "there is a new actor"},
		{"changes", publication(23.9, nil), ledger.Repeated, "nothing new"},
		{"changes", publication(24, nil), ledger.Update, "it still happens, 24 h after the last message"},
		{"changes", publication(24, func(f *finding.Finding) { f.State = finding.Archived }), ledger.Update, "it is over (archived), and was sent at"},
		{"changes", publication(1, func(f *finding.Finding) { f.Sample = true }), ledger.Update, "a sample is sent each time"},
		{"changes", publication(0, nil), ledger.Duplicate, "this version or a newer one"},
		{"changes", publication(1, func(f *finding.Finding) { f.Updated = time.Time{} }), ledger.Update, "a version without a time"},
		{"always", publication(1, nil), ledger.Update, "a newer version"},
		{"never", publication(100, level(9)), ledger.Repeated, "is sent once"},
		{"4h", publication(3, count(1000)), ledger.Repeated, "3 h since the last message, less than 4h"},
		{"4h", publication(1.5, nil), ledger.Repeated, "90 min since the last message"},
		{"4h", publication(4, nil), ledger.Update, "4 h went by"},
		{"4h", publication(1, level(8)), ledger.Update, "the level rose"},
	} {
		repeat, err := ledger.ParseRepeat(test.repeat)
		if err != nil {
			t.Fatal(err)
		}
		l := ledger.New(table.NewMemory(), nil)
		must(t, l.Sent(t.Context(), claim(t, l, request("a", publication(0, nil), time.Minute)), notify.Receipt{}))
		r := request("b", test.f, time.Minute)
		r.Repeat = repeat
		got := claim(t, l, r).Decision
		if got.Verdict != test.want || !strings.Contains(got.Reason, test.reason) {
			t.Errorf("%s, %v: got %v %q, want %v %q", test.repeat, test.f.Activity, got.Verdict, got.Reason, test.want, test.reason)
		}
	}
}

// GuardDuty shows another actor at each publication: one update in six hours is enough.
func TestChangingActorsAreSentAtMostEverySixHours(t *testing.T) {
	l := ledger.New(table.NewMemory(), nil)
	var sent []float64
	for quarter := range 4 * 14 {
		hours := float64(quarter) / 4
		r := request("a", publication(hours, func(f *finding.Finding) { f.Actor.Remote.IP = fmt.Sprint("198.51.100.", quarter) }), time.Minute)
		r.Repeat = ledger.Repeat{Kind: ledger.OnChanges}
		if c := claim(t, l, r); c.Verdict.IsNews() {
			must(t, l.Sent(t.Context(), c, notify.Receipt{}))
			sent = append(sent, hours)
		}
	}
	if got, want := fmt.Sprint(sent), "[0 0.25 6.25 12.25]"; got != want {
		t.Errorf("sent after %s hours, want %s", got, want)
	}
}

// What changes what one has to do is told, once and whatever was told shortly before: another time of
// what is planned, though it was planned for it before; that action is required; that an exploit is
// known; that there is a fix. By a road that does not lead it is nothing new.
func TestWhatIsToBeDone(t *testing.T) {
	type change = func(*finding.Finding)
	planned := func(day int) change {
		return func(f *finding.Finding) {
			f.Planned = finding.Window{Starts: time.Date(2026, 3, day, 22, 0, 0, 0, time.UTC), Ends: time.Date(2026, 3, day+1, 2, 0, 0, 0, time.UTC)}
		}
	}
	until := func(f *finding.Finding) { f.Planned.Ends = time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC) }
	required := func(f *finding.Finding) { f.Facts = finding.Attributes{}.With("actionability", "ACTION_REQUIRED") }
	informal := func(f *finding.Finding) { f.Facts = finding.Attributes{}.With("actionability", "INFORMATIONAL") }
	exploit := func(f *finding.Finding) { f.Vulnerability.Exploit = finding.Yes }
	fix := func(f *finding.Finding) { f.Vulnerability.Fix = finding.Yes }
	both := func(f *finding.Finding) { exploit(f); f.Vulnerability.Fix = finding.InPart }
	none := func(f *finding.Finding) { f.Vulnerability.Exploit, f.Vulnerability.Fix = finding.No, finding.No }
	const window = "2026-03-17 22:00 UTC - 2026-03-18 02:00 UTC"
	for name, test := range map[string]struct {
		publications []change
		want         []string // what has changed; empty for what is not sent
	}{
		"a time that moves": {[]change{planned(30), planned(17), planned(17), planned(30), until, nil}, []string{
			"new plan: " + window, "", "new plan: 2026-03-30 22:00 UTC - 2026-03-31 02:00 UTC", "new plan: - 2026-03-17 00:00 UTC", "",
		}},
		"a time":          {[]change{nil, planned(17), nil}, []string{"new plan: " + window, ""}},
		"action":          {[]change{informal, required, informal, required}, []string{"new action: ", "", ""}},
		"exploit and fix": {[]change{none, exploit, fix, both}, []string{"new exploit: ", "new fix: ", ""}},
		"a fix in part":   {[]change{none, both}, []string{"new exploit: , new fix: "}},
		"another road":    {[]change{by("guardduty", none), by("securityhub", exploit), by("guardduty", exploit)}, []string{"", "new exploit: "}},
	} {
		l := ledger.New(text{table.NewMemory()}, nil)
		for i, publish := range test.publications {
			r := request("a", publication(float64(i), publish), time.Minute)
			r.Repeat = ledger.Repeat{Kind: ledger.OnChanges}
			c := claim(t, l, r)
			var got []string
			for _, change := range c.Changes {
				got = append(got, change.What+": "+change.To)
			}
			if all := strings.Join(got, ", "); i > 0 && all != test.want[i-1] {
				t.Errorf("%s, publication %d: got %q, want %q", name, i, all, test.want[i-1])
			}
			if c.Verdict.IsNews() {
				must(t, l.Sent(t.Context(), c, notify.Receipt{}))
			}
		}
	}
}

// What is to be done is remembered of a finding with more names than a record remembers.
func TestWhatIsToBeDoneOfManyResources(t *testing.T) {
	many := func(f *finding.Finding) {
		f.Part, f.Facts = "1", finding.Attributes{}.With("actionability", "ACTION_REQUIRED")
		f.Planned.Starts = time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC)
		for i := range 100 {
			f.Related = append(f.Related, finding.Resource{ID: fmt.Sprint("i-", i)})
		}
	}
	play(t, ledger.New(table.NewMemory(), nil), ledger.Repeat{Kind: ledger.OnChanges}, []step{
		{0, many, ledger.First, notify.KindFinding, ""}, {1, many, ledger.Repeated, 0, "nothing new"},
		{2, func(f *finding.Finding) { many(f); f.Planned.Ends = f.Planned.Starts }, ledger.Update, notify.KindUpdate, "what is to be done has changed: plan"},
	})
}

// What stays as it is until somebody mends it is not told each day.
func TestNoReminderOfWhatIsToBeMended(t *testing.T) {
	for name, matter := range map[string]finding.Matter{
		"a control": {Check: finding.Check{Control: "S3.9"}}, "a check": {Check: finding.Check{Result: "FAILED"}},
		"a vulnerability": {Vulnerability: finding.Vulnerability{ID: "CVE-2026-1"}},
	} {
		of := func(f *finding.Finding) { f.Matter = matter }
		worse := func(f *finding.Finding) { f.Matter, f.Severity = matter, 8 }
		t.Run(name, func(t *testing.T) {
			play(t, ledger.New(table.NewMemory(), nil), ledger.Repeat{Kind: ledger.OnChanges}, []step{
				{0, of, ledger.First, notify.KindFinding, ""}, {24, of, ledger.Repeated, 0, "nothing new"}, {500, of, ledger.Repeated, 0, "nothing new"},
				{501, worse, ledger.Update, notify.KindUpdate, "the level rose"},
			})
			play(t, ledger.New(table.NewMemory(), nil), ledger.Repeat{Kind: ledger.Interval, Every: 24 * time.Hour}, []step{
				{0, of, ledger.First, notify.KindFinding, ""}, {24, of, ledger.Update, notify.KindUpdate, "24 h went by"},
			})
		})
	}
}

// A sequence with more actors than a record remembers is the same each time.
func TestLargeSequenceIsNotNewEachTime(t *testing.T) {
	sequence := func(f *finding.Finding) {
		f.Sequence = &finding.Sequence{}
		for i := range 400 {
			f.Sequence.Resources = append(f.Sequence.Resources, finding.Resource{Type: "S3Bucket", ID: fmt.Sprint("bucket-", i)})
		}
	}
	l := ledger.New(table.NewMemory(), nil)
	must(t, l.Sent(t.Context(), claim(t, l, request("a", publication(0, sequence), time.Minute)), notify.Receipt{}))
	r := request("b", publication(1, sequence), time.Minute)
	r.Repeat = ledger.Repeat{Kind: ledger.OnChanges}
	if got := claim(t, l, r); got.Verdict != ledger.Repeated {
		t.Errorf("got %+v", got.Decision)
	}
}

// The names of a sequence are found in a time that grows with it, not with its square.
func TestLargeSequenceIsReadInTime(t *testing.T) {
	eventstest.CheckGrowth(t, "sequence", func(n int) func() {
		f := publication(0, func(f *finding.Finding) { f.Sequence = &finding.Sequence{} })
		for i := range n {
			f.Sequence.Resources = append(f.Sequence.Resources, finding.Resource{Type: "S3Bucket", ID: fmt.Sprint("bucket-", i)})
		}
		return func() { ledger.SubjectOf(&f) }
	})
}

func TestParseRepeat(t *testing.T) {
	for text, want := range map[string]string{
		"": "changes", "always": "always", "NEVER": "never", "24h": "24h", "90m": "1h30m", "15m": "15m", "36h30m": "36h30m",
	} {
		if got, err := ledger.ParseRepeat(text); err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"often", "24", "5m", "-1h", "0"} {
		if _, err := ledger.ParseRepeat(text); err == nil {
			t.Errorf("%q: want an error", text)
		}
	}
}
