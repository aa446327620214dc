package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/secret"
)

func TestRefHidesItself(t *testing.T) {
	const plain = "hunter2-hunter2"
	ref := secret.New(plain)
	holder := struct{ Ref, other secret.Ref }{ref, ref}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "ref", ref, "holder", holder)
	document, err := json.Marshal(map[string]any{"ref": ref, "pointer": &ref, "holder": holder})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(document), errors.New(ref.String()).Error()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		shown = append(shown, fmt.Sprintf(verb, ref), fmt.Sprintf(verb, &ref), fmt.Sprintf(verb, holder))
	}
	hexed := fmt.Sprintf("%x", plain)
	for _, text := range shown {
		if strings.Contains(text, plain) || strings.Contains(text, hexed) {
			t.Errorf("the secret shows in %s", strings.ReplaceAll(text, plain, "***"))
		}
	}
	if value, err := ref.Value(t.Context()); err != nil || value != plain {
		t.Error("Value does not give the secret")
	}
}

func TestUnmarshalText(t *testing.T) {
	var ref secret.Ref
	if ref.IsSet() {
		t.Error("the zero value is set")
	}
	if err := ref.UnmarshalText([]byte("x")); err != nil || !ref.IsSet() {
		t.Error("not read from a text")
	}
}
