package jsm_test

import (
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/sinktest"
	"github.com/tocsin-sec/tocsin/sinks/jsm"
	"github.com/tocsin-sec/tocsin/sinks/jsm/jsmtest"
)

func TestRotatedSecret(t *testing.T) {
	server := jsmtest.New(t)
	next := strings.Repeat("b", len(jsmtest.Key))
	sinktest.Rotation{
		FarEnd: server,
		New: func(t *testing.T, ref secret.Ref) notify.Notifier {
			sink, err := jsm.New(t.Context(), "oncall", jsm.Config{ApiKey: ref, Host: server.URL()}, formatter.Style{})
			if err != nil {
				t.Fatal(err)
			}
			return sink
		},
		Notification: about(formattertest.Exfiltration(), notify.KindFinding),
		First:        jsmtest.Key, Second: next,
		Rotate: func() { server.Rotate(next) },
		Wrong:  []string{"s3cr3t", jsmtest.Key + "\r\nX: s3cr3t"},
		Hidden: []string{"s3cr3t", jsmtest.Key},
	}.Run(t)
	if alerts := server.Alerts(); len(alerts) != 1 {
		t.Errorf("%d alerts, want 1", len(alerts))
	}
}
