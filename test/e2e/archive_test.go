package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/action"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/test/moto"
)

// threats is GuardDuty in one region, with one detector and the findings that it keeps. Calls that are not signed for
// the region are refused. https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ArchiveFindings.html
type threats struct {
	mu       sync.Mutex
	detector string
	keeps    []string
	archived map[string]bool
	calls    []string
	refusal  string // the code of every answer; empty for none
}

func (g *threats) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls = append(g.calls, r.Method+" "+r.URL.Path)
	body, _ := io.ReadAll(r.Body)
	isSigned := strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/guardduty/aws4_request")
	var asked struct {
		FindingIDs []string `json:"findingIds"`
	}
	root := "/detector/" + g.detector + "/findings/"
	action, isAction := strings.CutPrefix(r.URL.Path, root)
	switch {
	case !isSigned:
		refuse(w, http.StatusForbidden, "InvalidSignatureException")
	case g.refusal != "":
		refuse(w, http.StatusForbidden, g.refusal)
	case r.Method == http.MethodGet && r.URL.Path == "/detector":
		list := []string{}
		if g.detector != "" {
			list = append(list, g.detector)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"detectorIds": list})
	case r.Method != http.MethodPost || !isAction || json.Unmarshal(body, &asked) != nil || len(asked.FindingIDs) != 1 || !slices.Contains(g.keeps, asked.FindingIDs[0]):
		refuse(w, http.StatusBadRequest, "BadRequestException")
	default:
		g.archived[asked.FindingIDs[0]] = action == "archive"
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Amzn-ErrorType", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": "a secret of the service", "__type": "InvalidInputException"})
}

func newThreats(t *testing.T, detector string) (g *threats, url string) {
	t.Helper()
	g = &threats{detector: detector, archived: map[string]bool{}}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, server.URL
}

const keptThreat = "0123456789abcdef0123456789abcdef"

// threatEvent is a finding of a member of the organization.
func threatEvent() string {
	event := strings.Replace(version{5, 3, 1}.event(), `"id":"threaded"`, `"id":"`+keptThreat+`"`, 1)
	return strings.Replace(event, `"accountId":"111122223333"`, `"accountId":"444455556666"`, 1)
}

// Somebody archives a finding and takes that back: each is done once, by the detector of its region, and said in the
// thread, where what undoes it has a button.
func TestArchivedByAButton(t *testing.T) {
	w := newTeam(t, "archived")
	g, url := newThreats(t, "d1")
	g.keeps = []string{keptThreat}
	w.variables["ACTIONS_ARCHIVE"], w.variables["AWS_ENDPOINT_URL_GUARDDUTY"] = "true", url
	f := start(t, w.variables)
	f.succeeded(t, threatEvent())
	record := w.press("r1", notify.ActArchive, button(t, w.slack.Conversation()[0], notify.ActArchive), time.Now(), action.Mute{})
	f.done(t, record, record)
	start(t, w.variables).done(t, record)
	if !g.archived[keptThreat] {
		t.Fatalf("it is not archived; the calls: %q; the thread: %q", g.calls, replies(t, w.slack))
	}
	undo := button(t, w.slack.Conversation()[0].Replies[0], notify.ActUnarchive)
	f.done(t, w.press("r2", notify.ActUnarchive, undo, time.Now(), action.Mute{}))
	start(t, w.variables).done(t, record) // once more, after it was undone
	if g.archived[keptThreat] {
		t.Error("a copy of the record has archived it again")
	}
	want := []string{"GET /detector", "POST /detector/d1/findings/archive", "GET /detector", "POST /detector/d1/findings/unarchive"}
	if diff := cmp.Diff(want, g.calls); diff != "" {
		t.Error(diff)
	}
	if here, there := replies(t, w.slack), replies(t, w.oncall); len(here) != 2 || len(there) != 2 || !strings.Contains(here[0], "has archived this") {
		t.Errorf("the threads say %q and %q", here, there)
	}
}

// What cannot be archived, and somebody can do something about, is said to who has asked, and to nobody else.
func TestArchiveThatIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		detector, refusal string
		keeps             []string
		want              string
	}{
		"no detector":     {"", "", nil, "GuardDuty has no detector in eu-west-1 of the account that Tocsin runs in"},
		"no right":        {"d1", "AccessDeniedException", nil, "its role needs guardduty:ListDetectors"},
		"unknown finding": {"d1", "", nil, "refuses it (400 BadRequestException)"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTeam(t, "refused-"+strings.ReplaceAll(name, " ", "-"))
			g, url := newThreats(t, test.detector)
			g.keeps, g.refusal = test.keeps, test.refusal
			w.variables["ACTIONS_ARCHIVE"], w.variables["AWS_ENDPOINT_URL_GUARDDUTY"] = "true", url
			f := start(t, w.variables)
			f.succeeded(t, threatEvent())
			f.done(t, w.press("r1", notify.ActArchive, button(t, w.slack.Conversation()[0], notify.ActArchive), time.Now(), action.Mute{}))
			if lines := replies(t, w.slack); len(lines) != 1 || !strings.Contains(lines[0], test.want) || strings.Contains(lines[0], "a secret of the service") {
				t.Errorf("the thread says %q", lines)
			}
			if lines := replies(t, w.oncall); len(lines) > 0 {
				t.Errorf("the other thread says %q", lines)
			}
		})
	}
}

// A service that is down is asked again with its record, and no button is shown where nothing can be archived.
func TestArchiveComesAgain(t *testing.T) {
	w := newTeam(t, "archive-again")
	w.variables["ACTIONS_ARCHIVE"], w.variables["AWS_ENDPOINT_URL_GUARDDUTY"] = "true", "http://127.0.0.1:1"
	f := start(t, w.variables)
	f.succeeded(t, threatEvent())
	record := w.press("r1", notify.ActArchive, button(t, w.slack.Conversation()[0], notify.ActArchive), time.Now(), action.Mute{})
	if failed := f.batch(t, map[string]string{"m": record}, 1); !failed["m"] || len(replies(t, w.slack)) > 0 {
		t.Errorf("the record is done: %v, %q", failed, replies(t, w.slack))
	}
	g, url := newThreats(t, "d1")
	g.keeps = []string{keptThreat}
	w.variables["AWS_ENDPOINT_URL_GUARDDUTY"] = url
	start(t, w.variables).done(t, record)
	if !g.archived[keptThreat] || len(replies(t, w.slack)) != 1 {
		t.Errorf("archived: %v; the thread says %q", g.archived, replies(t, w.slack))
	}
	off := newTeam(t, "archive-off")
	sent(t, off.variables, version{5, 3, 1}, `{"delivered":3,"findings":1}`)
	if body := string(off.slack.Conversation()[0].Body); strings.Contains(body, `"archive"`) {
		t.Errorf("a button archives, though nobody has asked for it: %s", body)
	}
}

// moto knows detectors, and not how to archive: what it says to that is said in the thread as a refusal.
func TestDetectorsOfMoto(t *testing.T) {
	endpoint := moto.Start(t)
	w := newTeam(t, "archive-moto")
	w.variables["ACTIONS_ARCHIVE"], w.variables["AWS_ENDPOINT_URL_GUARDDUTY"] = "true", endpoint
	f := start(t, w.variables)
	f.succeeded(t, threatEvent())
	f.done(t, w.press("r1", notify.ActArchive, button(t, w.slack.Conversation()[0], notify.ActArchive), time.Now(), action.Mute{}))
	if lines := replies(t, w.slack); len(lines) != 1 || !strings.Contains(lines[0], "GuardDuty has no detector in eu-west-1") {
		t.Errorf("the thread says %q", lines)
	}
}
