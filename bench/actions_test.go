package main

import (
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// TestPressOf holds that what the function is given is a press that it has to do.
func TestPressOf(t *testing.T) {
	var event struct {
		Body    string
		Headers map[string]string
	}
	if err := json.Unmarshal(pressOf(7), &event); err != nil {
		t.Fatal(err)
	}
	body, err := base64.StdEncoding.DecodeString(event.Body)
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := interaction.Config{SigningSecret: secret.New(signingSecret)}.ReadKeys(t.Context(), false)
	s := interaction.Signed{Timestamp: event.Headers["x-slack-request-timestamp"], Signature: event.Headers["x-slack-signature"], Body: body}
	if err := s.Check(time.Now()); err != nil || !s.IsOf(keys) {
		t.Errorf("not signed: %v", err)
	}
	p, err := interaction.Read(body)
	if err != nil || p.Button.Act != "acknowledge" || p.Button.From.Place != pressedChannel {
		t.Errorf("%+v, %v", p, err)
	}
}
