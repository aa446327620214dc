package sns_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func TestPreviewIsWhatIsSent(t *testing.T) {
	shown, err := build(t, "http://127.0.0.1:1", topic).(notify.Previewer).Preview(notification())
	if err != nil || shown.Form != notify.FormText {
		t.Fatalf("%s: %v", shown.Form, err)
	}
	sent, _ := published(t, topic, notification())
	if sent.Get("Subject") != shown.Subject || sent.Get("Message") != string(shown.Body) {
		t.Errorf("sent %v, shown %q %q", sent, shown.Subject, shown.Body)
	}
	want := []notify.Size{
		{What: "characters in the subject", Value: len(shown.Subject), Limit: 99},
		{What: "bytes of message and attributes", Value: len(shown.Body), Limit: 262_144},
	}
	if len(shown.Sizes) != 2 || shown.Sizes[0] != want[0] || shown.Sizes[1].Value <= want[1].Value || shown.Sizes[1].Limit != want[1].Limit {
		t.Errorf("sizes %v, want about %v", shown.Sizes, want)
	}
}
