package guardduty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// archives reports whether a finding is one that GuardDuty itself keeps: events about plans, scans and coverage have
// ids of our own.
func archives(f *finding.Finding) bool {
	return f.Region != "" && nativeID(f.ID) == f.ID && f.ID != ""
}

// archive archives a finding, or takes that back. GuardDuty lets the administrator's account alone do so, for
// findings of its members too, by its own detector of the region.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ArchiveFindings.html
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_UnarchiveFindings.html
func archive(ctx context.Context, calls source.Caller, f *finding.Finding, isUndone bool) error {
	if !archives(f) {
		return &source.RefusalError{Reason: "GuardDuty keeps no finding of this id, so that it cannot be archived there"}
	}
	detector, err := detectorIn(ctx, calls, f.Region)
	if err != nil {
		return explained(err, f.Region)
	}
	action := "archive"
	if isUndone {
		action = "unarchive"
	}
	body, err := json.Marshal(map[string][]string{"findingIds": {f.ID}})
	if err != nil {
		return fmt.Errorf("GuardDuty: %w", err)
	}
	call := callTo(f.Region)
	call.Path, call.Body = "/detector/"+url.PathEscape(detector)+"/findings/"+action, body
	if _, err = calls.Call(ctx, call); err != nil {
		return explained(err, f.Region)
	}
	return nil
}

func callTo(region string) source.Call {
	return source.Call{Service: "GuardDuty", SDK: "GuardDuty", Host: "guardduty", Region: region}
}

// detectorIn returns the detector of the account in a region, of which there is one at the most.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListDetectors.html
func detectorIn(ctx context.Context, calls source.Caller, region string) (string, error) {
	call := callTo(region)
	call.Path = "/detector"
	answer, err := calls.Call(ctx, call)
	if err != nil {
		return "", fmt.Errorf("no detector is known: %w", err)
	}
	var list struct {
		DetectorIDs []string `json:"detectorIds"`
	}
	switch err := json.Unmarshal(answer, &list); {
	case err != nil:
		return "", errors.New("what answers is not GuardDuty: it gives no list of detectors")
	case len(list.DetectorIDs) == 0:
		return "", &source.RefusalError{Reason: "GuardDuty has no detector in " + region + " of the account that Tocsin runs in; " +
			"archive the finding in the account that administers GuardDuty, or let Tocsin run there"}
	}
	return list.DetectorIDs[0], nil
}

// explained returns an error of GuardDuty as it is said to people: a refusal with what can be done about it. What may
// pass by itself stays as it is.
func explained(err error, region string) error {
	const forbidden, tooMany = 403, 429
	var answer *source.AnswerError
	if !errors.As(err, &answer) {
		return err
	}
	isThrottled := answer.Status == tooMany || strings.Contains(answer.Code, "Throttl") || strings.Contains(answer.Code, "TooManyRequests")
	isDenied := answer.Status == forbidden || strings.Contains(answer.Code, "AccessDenied")
	switch {
	case isThrottled || answer.Status/100 != 4:
		return err
	case isDenied:
		return &source.RefusalError{Reason: "the function has no right to do so in " + region + ": its role needs guardduty:ListDetectors, " +
			"guardduty:ArchiveFindings and guardduty:UnarchiveFindings, and only the account that administers GuardDuty has it"}
	default:
		return &source.RefusalError{Reason: fmt.Sprintf("GuardDuty in %s refuses it (%s): it keeps findings for 90 days, and only the "+
			"account that administers GuardDuty can archive those of its members", region, strings.TrimSpace(fmt.Sprint(answer.Status, " ", answer.Code)))}
	}
}
