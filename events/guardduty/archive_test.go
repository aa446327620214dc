package guardduty_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/events/guardduty"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// api is GuardDuty in the regions that have a detector, with the finding that it keeps in each.
type api struct {
	detectors map[string]string
	archived  map[string]bool
	calls     []string
	refuses   *source.AnswerError
	err       error
}

const kept = "0123456789abcdef0123456789abcdef"

func (a *api) Call(_ context.Context, c source.Call) ([]byte, error) {
	a.calls = append(a.calls, c.Region+" "+c.Path)
	refused := &source.AnswerError{Service: c.Service, Status: 400, Code: "BadRequestException"}
	switch {
	case a.err != nil:
		return nil, a.err
	case a.refuses != nil:
		return nil, a.refuses
	case c.Host != "guardduty" || c.SDK != "GuardDuty":
		return nil, errors.New("no such service")
	case c.Path == "/detector" && c.Body == nil:
		list := []string{}
		if detector := a.detectors[c.Region]; detector != "" {
			list = append(list, detector)
		}
		return json.Marshal(map[string]any{"detectorIds": list})
	}
	var asked struct {
		FindingIDs []string `json:"findingIds"`
	}
	parts := strings.Split(c.Path, "/")
	isWhole := json.Unmarshal(c.Body, &asked) == nil && len(parts) == 5 && parts[1] == "detector" && parts[2] == a.detectors[c.Region] && parts[3] == "findings"
	if !isWhole || !slices.Equal(asked.FindingIDs, []string{kept}) {
		return nil, refused
	}
	a.archived[c.Region] = parts[4] == "archive"
	return nil, nil
}

func threat(region, id string) *finding.Finding {
	f := finding.Finding{ID: id, Source: "aws.guardduty"}
	f.Region, f.Account.ID = region, "444455556666"
	return &f
}

// A finding is archived by the detector of its region in the account of the function, whosever finding it is.
func TestArchive(t *testing.T) {
	a := &api{detectors: map[string]string{"eu-west-1": "d1", "us-east-1": "d2"}, archived: map[string]bool{}}
	set := guardduty.Source().Archive.Set
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		for _, isUndone := range []bool{false, false, true} {
			if err := set(t.Context(), a, threat(region, kept), isUndone); err != nil || a.archived[region] == isUndone {
				t.Errorf("%s, undone %v: %v, archived %v", region, isUndone, err, a.archived)
			}
		}
	}
	want := []string{
		"eu-west-1 /detector", "eu-west-1 /detector/d1/findings/archive", "eu-west-1 /detector", "eu-west-1 /detector/d1/findings/archive",
		"eu-west-1 /detector", "eu-west-1 /detector/d1/findings/unarchive",
	}
	if diff := cmp.Diff(want, a.calls[:6]); diff != "" {
		t.Error(diff)
	}
}

// What somebody can do something about is said with the remedy; what may pass by itself is tried again.
func TestArchiveThatFails(t *testing.T) {
	refusal := func(status int, code string) *source.AnswerError {
		return &source.AnswerError{Service: "GuardDuty", Status: status, Code: code}
	}
	for name, test := range map[string]struct {
		api  api
		f    *finding.Finding
		want string // the reason; "" for an error that may pass
	}{
		"no detector":     {api{}, threat("eu-north-1", kept), "no detector in eu-north-1"},
		"no right":        {api{refuses: refusal(403, "AccessDeniedException")}, threat("eu-west-1", kept), "guardduty:ArchiveFindings"},
		"denied as 400":   {api{refuses: refusal(400, "AccessDeniedException")}, threat("eu-west-1", kept), "guardduty:ArchiveFindings"},
		"unknown finding": {api{detectors: map[string]string{"eu-west-1": "d1"}}, threat("eu-west-1", strings.Repeat("f", 32)), "400 BadRequestException"},
		"no finding":      {api{}, threat("eu-west-1", "arn:aws:guardduty:eu-west-1:1:scan/x"), "keeps no finding of this id"},
		"no region":       {api{}, threat("", kept), "keeps no finding of this id"},
		"throttled":       {api{refuses: refusal(429, "TooManyRequestsException")}, threat("eu-west-1", kept), ""},
		"throttled as 400": {
			api{refuses: refusal(400, "ThrottlingException")}, threat("eu-west-1", kept), "",
		},
		"broken":    {api{refuses: refusal(500, "InternalServerErrorException")}, threat("eu-west-1", kept), ""},
		"no answer": {api{err: errors.New("no answer")}, threat("eu-west-1", kept), ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := guardduty.Source().Archive.Set(t.Context(), &test.api, test.f, false)
			var refused *source.RefusalError
			if isSaid := errors.As(err, &refused); err == nil || isSaid != (test.want != "") || isSaid && !strings.Contains(refused.Reason, test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// Only what GuardDuty keeps has a button.
func TestWhatCanBeArchived(t *testing.T) {
	takes := guardduty.Source().Archive.Takes
	if !takes(threat("eu-west-1", kept)) || takes(threat("eu-west-1", "scan-1")) || takes(threat("", kept)) || takes(threat("eu-west-1", "")) {
		t.Error("another finding can be archived than those that GuardDuty keeps")
	}
}
