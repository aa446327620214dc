//go:build !lambda.norpc

package sns

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/probe"
)

// maxPages bounds how many pages of subscriptions are read, of 100 each, for one that is confirmed.
const maxPages = 10

// Probe reads the topic, and looks for a subscription that somebody has confirmed.
// https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
// https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
func (s *Sink) Probe(ctx context.Context) []notify.Check {
	const what = "topic"
	var attributes struct {
		Entries []struct {
			Key string `xml:"key"`
		} `xml:"GetTopicAttributesResult>Attributes>entry"`
	}
	code, err := s.ask(ctx, newForm("GetTopicAttributes", s.topic, 0), &attributes)
	switch {
	case err != nil && strings.HasPrefix(code, "NotFound"):
		return []notify.Check{probe.Fault(what, code+": there is no such topic; see that TOPIC_ARN is the ARN of a topic that exists")}
	case err != nil:
		return []notify.Check{probe.Refused(what, "sns:GetTopicAttributes", code, err), s.probeSubscriptions(ctx)}
	case len(attributes.Entries) == 0:
		return []notify.Check{probe.Fault(what, "the answer is not that of SNS (see that the endpoint is that of SNS)")}
	}
	return []notify.Check{probe.OK(what, "it is there"), s.probeSubscriptions(ctx)}
}

// probeSubscriptions looks for a confirmed subscription.
func (s *Sink) probeSubscriptions(ctx context.Context) notify.Check {
	const what = "subscriptions"
	pending, next := 0, ""
	for range maxPages {
		var page struct {
			ARNs []string `xml:"ListSubscriptionsByTopicResult>Subscriptions>member>SubscriptionArn"`
			Next string   `xml:"ListSubscriptionsByTopicResult>NextToken"`
		}
		request := newForm("ListSubscriptionsByTopic", s.topic, 0)
		request.set("", "NextToken", next)
		if code, err := s.ask(ctx, request, &page); err != nil {
			return probe.Refused(what, "sns:ListSubscriptionsByTopic", code, err)
		}
		for _, arn := range page.ARNs {
			if strings.HasPrefix(arn, "arn:") {
				return probe.OK(what, "one at least is confirmed")
			}
			pending++
		}
		if next = page.Next; next == "" {
			break
		}
	}
	switch {
	case next != "":
		return probe.Unknown(what, fmt.Sprintf("of the first %d none is confirmed", pending))
	case pending > 0:
		return probe.Fault(what, fmt.Sprintf("none of %d is confirmed, so that what is published comes to nobody; follow the link in the "+
			"mail that SNS has sent to each address, or subscribe it again", pending))
	}
	return probe.Fault(what, "there is none, so that what is published comes to nobody; subscribe an address to the topic, and confirm it")
}

// ask makes a call, and reads the answer of success into output. code is that of a refusal.
func (s *Sink) ask(ctx context.Context, request *form, output any) (code string, err error) {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
	answer, err := s.client.Post(ctx, "/", header, request.text)
	switch {
	case err != nil:
		return "", err
	case answer.Status/100 != 2:
		return answer.Code, fault(answer)
	case xml.Unmarshal(answer.Body, output) != nil:
		return "", notify.PermanentSink(errors.New("the answer is not that of SNS (see that the endpoint is that of SNS)"))
	}
	return "", nil
}
