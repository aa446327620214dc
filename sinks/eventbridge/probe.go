//go:build !lambda.norpc

package eventbridge

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// Probe reads the bus. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	const what = "bus"
	body, _ := json.Marshal(map[string]string{"Name": s.bus}) // a text has a JSON form
	header := http.Header{"X-Amz-Target": {"AWSEvents.DescribeEventBus"}, "Content-Type": {"application/x-amz-json-1.1"}}
	answer, err := s.client.Post(ctx, "/", header, body)
	if err == nil && answer.Status/100 != 2 {
		err = fault(answer)
	}
	var bus struct{ Arn string }
	switch {
	case err != nil:
		return []notify.Check{probe.Refused(what, describeEventBus, answer.Code, err)}
	case json.Unmarshal(answer.Body, &bus) != nil || bus.Arn != s.bus:
		return []notify.Check{probe.Failed(what, errNoProof)}
	}
	return []notify.Check{probe.OK(what, "it is there")}
}
