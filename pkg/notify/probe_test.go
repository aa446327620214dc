package notify_test

import (
	"encoding/json"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

func TestState(t *testing.T) {
	for state, want := range map[notify.State]string{
		notify.OK: "ok", notify.Warning: "warning", notify.Unknown: "not known", notify.Fault: "fault", -1: "not known", 9: "not known",
	} {
		text, err := json.Marshal(state)
		if state.String() != want || err != nil || string(text) != `"`+want+`"` {
			t.Errorf("%d: got %s and %s, %v", state, state, text, err)
		}
	}
}
