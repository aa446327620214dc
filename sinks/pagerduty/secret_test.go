package pagerduty_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty"
	"github.com/tocsin-sec/tocsin/sinks/pagerduty/pagerdutytest"
)

func TestRotatedSecret(t *testing.T) {
	server := pagerdutytest.New(t)
	next := strings.Repeat("b", len(pagerdutytest.Key))
	sinktest.Rotation{
		FarEnd: server,
		New: func(t *testing.T, ref secret.Ref) notify.Notifier {
			sink, err := pagerduty.New(t.Context(), "oncall", pagerduty.Config{RoutingKey: ref, ApiURL: server.URL()}, formatter.Style{})
			if err != nil {
				t.Fatal(err)
			}
			return sink
		},
		Notification: about(formattertest.Exfiltration(), notify.KindFinding),
		First:        pagerdutytest.Key, Second: next,
		Rotate: func() { server.Rotate(next) },
		Wrong:  []string{"s3cr3t", pagerdutytest.Key + "\r\nX: s3cr3t"},
		Hidden: []string{"s3cr3t", pagerdutytest.Key},
	}.Run(t)
	if alerts := server.Alerts(); len(alerts) != 1 {
		t.Errorf("%d alerts, want 1", len(alerts))
	}
}
