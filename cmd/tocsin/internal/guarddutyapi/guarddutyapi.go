// Package guarddutyapi reads findings from the GuardDuty API, for a replay of what the event bus
// did not bring: an outage, or findings that are older than the deployment.
//
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListFindings.html
package guarddutyapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// maxAtOnce is how many findings GetFindings takes:
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetFindings.html
const maxAtOnce = 50

// Query says which findings are read.
type Query struct {
	// Region is the region whose findings are read; empty means the one of the environment.
	Region string
	// DetectorID is the detector; empty means that of the region, which has one at most.
	DetectorID string
	// Since is the earliest time of update.
	Since time.Time
	// MinSeverity is the lowest severity, rounded down to a whole number by the API.
	MinSeverity float64
}

// Each reads the findings, the oldest update first, and gives each one's JSON as GuardDuty wrote it
// to visit. An error of visit ends it and is returned.
func Each(ctx context.Context, q Query, visit func(finding json.RawMessage) error) error {
	settings, err := awscall.Config(ctx, awscall.Client{Region: q.Region})
	if err != nil {
		return err
	}
	if settings.Region == "" {
		return errors.New("no region is set; use --region or AWS_REGION")
	}
	client := guardduty.NewFromConfig(settings)
	detectors := []string{q.DetectorID}
	if q.DetectorID == "" {
		if detectors, err = listDetectors(ctx, client); err != nil {
			return err
		}
	}
	for _, detector := range detectors {
		q.DetectorID = detector
		if err := eachOf(ctx, client, q, visit); err != nil {
			return err
		}
	}
	return nil
}

func listDetectors(ctx context.Context, client *guardduty.Client) ([]string, error) {
	var all []string
	pages := guardduty.NewListDetectorsPaginator(client, &guardduty.ListDetectorsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fault(ctx, "ListDetectors", err)
		}
		all = append(all, page.DetectorIds...)
	}
	if len(all) == 0 {
		return nil, errors.New("GuardDuty has no detector in this region; use --region, or turn GuardDuty on")
	}
	return all, nil
}

func eachOf(ctx context.Context, client *guardduty.Client, q Query, visit func(json.RawMessage) error) error {
	pages := guardduty.NewListFindingsPaginator(client, &guardduty.ListFindingsInput{
		DetectorId: &q.DetectorID, MaxResults: aws.Int32(maxAtOnce),
		FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.Condition{
			"updatedAt": {GreaterThanOrEqual: aws.Int64(q.Since.UnixMilli())},
			"severity":  {GreaterThanOrEqual: aws.Int64(int64(q.MinSeverity))},
		}},
		SortCriteria: &types.SortCriteria{AttributeName: aws.String("updatedAt"), OrderBy: types.OrderByAsc},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fault(ctx, "ListFindings", err)
		}
		findings, err := read(ctx, client, q.DetectorID, page.FindingIds)
		if err != nil {
			return err
		}
		for _, finding := range findings {
			if err := visit(finding); err != nil {
				return err
			}
		}
	}
	return nil
}

// read returns findings as GuardDuty wrote them: the SDK's types would drop what they do not know.
func read(ctx context.Context, client *guardduty.Client, detector string, ids []string) ([]json.RawMessage, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var body []byte
	_, err := client.GetFindings(ctx, &guardduty.GetFindingsInput{
		DetectorId: &detector, FindingIds: ids,
		SortCriteria: &types.SortCriteria{AttributeName: aws.String("updatedAt"), OrderBy: types.OrderByAsc},
	}, func(o *guardduty.Options) { o.APIOptions = append(o.APIOptions, keepBody(&body)) })
	if err != nil {
		return nil, fault(ctx, "GetFindings", err)
	}
	var answer struct {
		Findings []json.RawMessage `json:"findings"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, errors.New("GetFindings: the answer cannot be read")
	}
	return answer.Findings, nil
}

// keepBody keeps the bytes of the answer beside what the SDK makes of them.
func keepBody(body *[]byte) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("KeepBody",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				out, metadata, err := next.HandleDeserialize(ctx, in)
				answer, ok := out.RawResponse.(*smithyhttp.Response)
				if err != nil || !ok {
					return out, metadata, err
				}
				text, err := io.ReadAll(answer.Body)
				if err != nil {
					return out, metadata, fmt.Errorf("the answer broke off: %w", err)
				}
				_ = answer.Body.Close()
				*body, answer.Body = text, io.NopCloser(bytes.NewReader(text))
				return out, metadata, nil
			}), middleware.After)
	}
}

// fault returns why a call failed, and what to do about the most likely refusals.
func fault(ctx context.Context, call string, err error) error {
	failed := awscall.Explain(ctx, "GuardDuty", err)
	if failed.Code == "" {
		return fmt.Errorf("%s: %w", call, failed)
	}
	remedies := map[string]string{
		"AccessDeniedException": "; the credentials need guardduty:ListDetectors, ListFindings and GetFindings",
		"BadRequestException":   "; is the detector of this account and region?",
	}
	return fmt.Errorf("%s: %s%s", call, failed.Code, remedies[failed.Code])
}
