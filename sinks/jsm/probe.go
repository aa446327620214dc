//go:build !lambda.norpc

package jsm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
	"github.com/tocsin-sec/tocsin/sinks/internal/httpsend"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// noRequest is the id of no request.
const noRequest = "00000000-0000-0000-0000-000000000000"

// Probe asks with the API key what has become of a request that there never was. Who has a good key is
// told that it is not known.
// https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v2/api-group-integration-events/
// https://docs.opsgenie.com/docs/alert-api#get-request-status
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	const what = "API key"
	key, err := credential.Read(ctx, s.key, "secret of the API key", checkKey)
	if err != nil {
		return []notify.Check{probe.Failed(what, err)}
	}
	response, err := s.client.Post(ctx, httpsend.Request{
		URL: s.alerts + "/requests/" + noRequest, Method: http.MethodGet, ContentType: "application/json",
		Header: http.Header{"Authorization": {"GenieKey " + key}},
	})
	if err != nil {
		return []notify.Check{probe.Failed(what, err)}
	}
	return []notify.Check{judged(what, response)}
}

// judged says what an answer means for the key.
func judged(what string, response httpsend.Response) notify.Check {
	var a answer
	isOwn := json.Unmarshal(response.Body, &a) == nil && isID(a.RequestID)
	says := fmt.Sprintf("status %d: %s", response.Status, remedy(response.Status))
	switch response.Status {
	case http.StatusOK, http.StatusNotFound:
		if isOwn {
			return probe.OK(what, "it is known; only an alert shows whether its integration may create alerts")
		}
		return probe.Fault(what, fmt.Sprintf("status %d: %s", response.Status, remedy(http.StatusNotFound)))
	case http.StatusUnauthorized, http.StatusPaymentRequired:
		return probe.Fault(what, says)
	case http.StatusForbidden:
		return probe.Warning(what, "status 403: the key may not ask for what has become of a request, which alerts do not need; "+
			"where they do not come either, "+remedy(response.Status))
	case http.StatusUnprocessableEntity:
		if strings.Contains(strings.ToLower(a.Message), "key format is not valid") {
			return probe.Failed(what, refusal(response, a))
		}
	}
	return probe.Unknown(what, fmt.Sprintf("status %d is no answer to the question; see that HOST is where alerts are taken", response.Status))
}
