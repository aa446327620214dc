package sns_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
)

// subscribed is a topic with subscriptions, which hands them over two at a time.
func subscribed(t *testing.T, subscriptions ...string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		switch {
		case r.PostForm.Get("Version") != "2010-03-31" || r.PostForm.Get("TopicArn") != topic:
			refuse(w, "InvalidParameter", "")
		case r.PostForm.Get("Action") == "GetTopicAttributes":
			fmt.Fprintf(w, `<GetTopicAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><GetTopicAttributesResult><Attributes>`+
				`<entry><key>TopicArn</key><value>%s</value></entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>`, topic)
		case r.PostForm.Get("Action") == "ListSubscriptionsByTopic":
			from := len(r.PostForm.Get("NextToken"))
			page := subscriptions[min(from, len(subscriptions)):min(from+2, len(subscriptions))]
			list, next := "", ""
			for _, one := range page {
				list += "<member><Protocol>email</Protocol><SubscriptionArn>" + one + "</SubscriptionArn></member>"
			}
			if from+2 < len(subscriptions) {
				next = "<NextToken>" + strings.Repeat("x", from+2) + "</NextToken>"
			}
			fmt.Fprintf(w, `<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListSubscriptionsByTopicResult><Subscriptions>%s`+
				`</Subscriptions>%s</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`, list, next)
		default:
			refuse(w, "InvalidAction", "")
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestProbe(t *testing.T) {
	const there, pending, confirmed = "topic: ok: it is there", "PendingConfirmation", topic + ":6f2c1b7e-0000-4000-8000-000000000000"
	for _, test := range map[string]struct {
		subscriptions []string
		want          string
	}{
		"confirmed":      {[]string{pending, confirmed}, "subscriptions: ok: one at least"},
		"on page two":    {[]string{pending, pending, pending, confirmed}, "subscriptions: ok: one at least"},
		"none":           {nil, "subscriptions: fault: there is none"},
		"none confirmed": {[]string{pending, pending, pending}, "subscriptions: fault: none of 3 is confirmed"},
		"deleted":        {[]string{"Deleted"}, "subscriptions: fault: none of 1 is confirmed"},
	} {
		sinktest.Probes(t, build(t, subscribed(t, test.subscriptions...), topic), keySecret, there, test.want)
	}
	refusing := func(code string) string {
		return sinktest.Answering(t, http.StatusForbidden, nil, `<ErrorResponse><Error><Code>`+code+`</Code></Error></ErrorResponse>`)
	}
	sinktest.Probes(t, build(t, refusing("AuthorizationError"), topic), keySecret,
		"topic: not known: needs the right sns:GetTopicAttributes", "subscriptions: not known: needs the right sns:ListSubscriptionsByTopic")
	sinktest.Probes(t, build(t, refusing("NotFound"), topic), keySecret, "topic: fault: there is no such topic")
	sinktest.Probes(t, build(t, sinktest.Answering(t, http.StatusOK, nil, "<html></html>"), topic), keySecret,
		"topic: fault: see that the endpoint")
}
