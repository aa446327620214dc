package sinktest

import (
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Preview is how a sink shows what it sends.
type Preview struct {
	Sink notify.Previewer
	Form notify.Form
	// Sent returns the bodies that have arrived, in their order.
	Sent func() []string
}

// Of returns what is shown of a notification. That is within its limits, sends nothing, and is byte for
// byte what is sent then.
func (p Preview) Of(t *testing.T, n notify.Notification) notify.Preview {
	t.Helper()
	before := len(p.Sent())
	shown, err := p.Sink.Preview(n)
	if err != nil || shown.Form != p.Form || len(p.Sent()) != before || len(shown.Sizes) == 0 {
		t.Fatalf("%s of %d sizes, %d sent: %v", shown.Form, len(shown.Sizes), len(p.Sent())-before, err)
	}
	for _, size := range shown.Sizes {
		if size.Value > size.Limit {
			t.Errorf("%s: %d of %d", size.What, size.Value, size.Limit)
		}
	}
	if _, err := p.Sink.Notify(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if sent := p.Sent(); len(sent) <= before || sent[before] != string(shown.Body) {
		t.Errorf("sent %s, shown %s", sent[before:], shown.Body)
	}
	return shown
}
