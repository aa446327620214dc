package guarddutyapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/guarddutyapi"
)

// api is GuardDuty with one detector; it enforces the limits of the real one.
type api struct {
	*httptest.Server
	findings []map[string]any
	requests int
	// throttles answers so many requests with 429 first.
	throttles int
}

const detector = "12abc34d567e8fa901bc2d34e56789f0"

func newAPI(t *testing.T, findings int) *api {
	t.Helper()
	a := &api{}
	for i := range findings {
		a.findings = append(a.findings, map[string]any{
			"id": fmt.Sprintf("f%03d", i), "severity": 1 + i%9, "updatedAt": fmt.Sprintf("2026-03-16T08:%02d:%02dZ", i/60, i%60),
			"accountId": "012345678901", "arn": "arn:aws:guardduty:eu-west-1:012345678901:detector/x/finding/y", "aFieldOfTomorrow": i,
		})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /detector", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"detectorIds": []string{detector}})
	})
	mux.HandleFunc("POST /detector/{detector}/findings", a.list)
	mux.HandleFunc("POST /detector/{detector}/findings/get", a.get)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.requests++
		if !strings.Contains(r.Header.Get("Authorization"), "/guardduty/aws4_request") {
			refuse(w, http.StatusForbidden, "AccessDeniedException")
			return
		}
		if a.throttles > 0 {
			a.throttles--
			refuse(w, http.StatusTooManyRequests, "ThrottlingException")
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(a.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_GUARDDUTY": a.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	return a
}

func reply(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Amzn-ErrorType", code)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":"no"}`)
}

// list is ListFindings: at most 50 ids, the rest by NextToken.
func (a *api) list(w http.ResponseWriter, r *http.Request) {
	var request struct {
		MaxResults      int
		NextToken       string
		FindingCriteria struct {
			Criterion map[string]struct{ GreaterThanOrEqual int64 }
		}
	}
	if json.NewDecoder(r.Body).Decode(&request) != nil || request.MaxResults < 1 || request.MaxResults > 50 || r.PathValue("detector") != detector {
		refuse(w, http.StatusBadRequest, "BadRequestException")
		return
	}
	from, _ := strconv.Atoi(request.NextToken)
	ids, next := []string{}, ""
	for i := from; i < len(a.findings); i++ {
		f := a.findings[i]
		updated, _ := time.Parse(time.RFC3339, f["updatedAt"].(string))
		criterion := request.FindingCriteria.Criterion
		if int64(f["severity"].(int)) < criterion["severity"].GreaterThanOrEqual || updated.UnixMilli() < criterion["updatedAt"].GreaterThanOrEqual {
			continue
		}
		if len(ids) == request.MaxResults {
			next = strconv.Itoa(i)
			break
		}
		ids = append(ids, f["id"].(string))
	}
	reply(w, map[string]any{"findingIds": ids, "nextToken": next})
}

// get is GetFindings: at most 50 ids.
func (a *api) get(w http.ResponseWriter, r *http.Request) {
	var request struct{ FindingIDs []string }
	if json.NewDecoder(r.Body).Decode(&request) != nil || len(request.FindingIDs) < 1 || len(request.FindingIDs) > 50 {
		refuse(w, http.StatusBadRequest, "BadRequestException")
		return
	}
	var found []map[string]any
	for _, f := range a.findings {
		for _, id := range request.FindingIDs {
			if f["id"] == id {
				found = append(found, f)
			}
		}
	}
	reply(w, map[string]any{"findings": found})
}

func read(t *testing.T, q guarddutyapi.Query) (ids []string, err error) {
	t.Helper()
	err = guarddutyapi.Each(t.Context(), q, func(finding json.RawMessage) error {
		var f map[string]any
		if err := json.Unmarshal(finding, &f); err != nil || f["aFieldOfTomorrow"] == nil {
			t.Errorf("not as GuardDuty wrote it: %v, %s", err, finding)
		}
		ids = append(ids, f["id"].(string))
		return nil
	})
	return ids, err
}

func TestEach(t *testing.T) {
	a := newAPI(t, 120)
	all, err := read(t, guarddutyapi.Query{})
	if err != nil || len(all) != 120 || all[0] != "f000" || all[119] != "f119" {
		t.Fatalf("got %d findings, %v", len(all), err)
	}
	since := time.Date(2026, 3, 16, 8, 1, 0, 0, time.UTC)
	severe, err := read(t, guarddutyapi.Query{Since: since, MinSeverity: 7.5, DetectorID: detector})
	if err != nil || len(severe) != 21 {
		t.Errorf("got %v, %v, want the 21 of severity 7 and more in the last minute", severe, err)
	}
	a.throttles = 2
	if again, err := read(t, guarddutyapi.Query{}); err != nil || len(again) != 120 {
		t.Errorf("throttled: got %d, %v", len(again), err)
	}
}

func TestEachEndsWithVisit(t *testing.T) {
	newAPI(t, 120)
	enough, seen := errors.New("enough"), 0
	err := guarddutyapi.Each(t.Context(), guarddutyapi.Query{}, func(json.RawMessage) error {
		seen++
		return enough
	})
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("got %v after %d findings", err, seen)
	}
}

func TestFaultsSayWhatToDo(t *testing.T) {
	a := newAPI(t, 1)
	usual := a.Config.Handler
	for name, test := range map[string]struct {
		prepare func()
		query   guarddutyapi.Query
		want    string
	}{
		"no such detector": {func() {}, guarddutyapi.Query{DetectorID: "x"}, "ListFindings: BadRequestException; is the detector of this account and region?"},
		"no rights": {func() {
			a.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				refuse(w, http.StatusForbidden, "AccessDeniedException")
			})
		}, guarddutyapi.Query{}, "ListDetectors: AccessDeniedException; the credentials need guardduty:ListDetectors"},
		"no detector": {func() {
			a.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"detectorIds": []string{}}) })
		}, guarddutyapi.Query{}, "GuardDuty has no detector in this region"},
		"no region": {func() { t.Setenv("AWS_REGION", "") }, guarddutyapi.Query{}, "no region is set; use --region or AWS_REGION"},
	} {
		test.prepare()
		if _, err := read(t, test.query); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
		t.Setenv("AWS_REGION", "eu-west-1")
		a.Config.Handler = usual
	}
}

// An error names neither the endpoint nor the request.
func TestNoAnswer(t *testing.T) {
	newAPI(t, 1)
	t.Setenv("AWS_ENDPOINT_URL_GUARDDUTY", "http://127.0.0.1:1/s3cr3t")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	const want = "ListDetectors: no answer from GuardDuty: dial tcp 127.0.0.1:1: connect: connection refused"
	if _, err := read(t, guarddutyapi.Query{}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
