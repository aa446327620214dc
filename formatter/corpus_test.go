package formatter_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/formatter/slack"
	"github.com/tocsin-sec/tocsin/formatter/text"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

const corpus = "../../shared/corpus"

// never is what stands in no message, and gap what stands in no part that is in our words: the
// traces of a value that is not there.
var (
	never = regexp.MustCompile(`\bundefined\b|\bnull\b|<nil>|%!|0001-01-01|0001年|\s$`)
	gap   = regexp.MustCompile(`\{\}|(^|\s)\(\)|, ,|: ,|^\s*[,;:]|[,;:(]$`)
)

// Real events of nine services: the message says what is stated, and nothing that is not.
func TestCorpus(t *testing.T) {
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("skipped: %v; the corpus of real events stands beside the project where it is developed", err)
	}
	styles := map[string]formatter.Style{"en": {}, "ja": formattertest.Style(t, map[string]string{"MESSAGE_LANG": "ja"})}
	seen := 0
	err := filepath.WalkDir(corpus, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		opened, err := events.Open(events.Table(), body)
		if noEvent, ok := errors.AsType[*events.NoEventError](err); ok {
			t.Logf("%s has no message: %v", path, noEvent)
			return nil
		}
		if err != nil {
			return err
		}
		for _, record := range opened.Records {
			for _, f := range events.Parse(events.Table(), record.Envelope) {
				seen++
				for lang, style := range styles {
					checkCorpus(t, lang+" "+path, f, style)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 250 {
		t.Errorf("only %d findings", seen)
	}
	t.Logf("%d findings in %d languages", seen, len(styles))
}

func checkCorpus(t *testing.T, name string, f finding.Finding, style formatter.Style) {
	t.Helper()
	m := formatter.New(notify.Notification{Findings: []finding.Finding{f}}, style)
	rendered := text.Render(m, 256<<10)
	formattertest.CheckText(t, rendered, 256<<10)
	formattertest.CheckSlack(t, slack.Render(m, slack.Post{}))
	formattertest.CheckSubject(t, text.Subject(m))
	headline, _, _ := strings.Cut(rendered, "\n")
	if !strings.HasPrefix(headline, m.LevelName+"  ") || m.Title == "" || len(headline) > 400 {
		t.Errorf("%s: the headline is %q", name, headline)
	}
	ours := m
	ours.Summary, ours.Description = "", ""
	for line := range strings.SplitSeq(rendered, "\n") {
		if match := never.FindString(line); match != "" {
			t.Errorf("%s: %q holds %q", name, line, match)
		}
	}
	for line := range strings.SplitSeq(text.Render(ours, 256<<10), "\n") {
		if match := gap.FindString(line); match != "" {
			t.Errorf("%s: %q has a gap: %q", name, line, match)
		}
	}
	if strings.Contains(rendered, "\n\n\n") || strings.TrimSpace(rendered) != rendered {
		t.Errorf("%s: there is an empty line too many in\n%s", name, rendered)
	}
	facts := map[string]string{}
	for _, fact := range m.Facts {
		facts[fact.Name] = fact.Value
		if strings.TrimSpace(fact.Value) == "" || fact.Label == "" {
			t.Errorf("%s: the fact %q is empty", name, fact.Name)
		}
	}
	stated := map[string]bool{
		"resource": f.Resource.ID != "" || f.Resource.Name != "" || f.Resource.ARN != "", "actor": f.Actor.Remote != (finding.Remote{}),
		"user": f.Actor.User.Name != "", "process": f.Actor.Process.Name != "" || f.Actor.Process.Path != "", "action": f.Action.Kind != "",
		"account": f.Account.ID != "", "region": f.Region != "", "count": f.Count > 0, "first_seen": !f.FirstSeen.IsZero(),
	}
	for fact, isStated := range stated {
		if isStated && facts[fact] == "" {
			t.Errorf("%s: the event states the %s, the message does not", name, fact)
		}
	}
}
