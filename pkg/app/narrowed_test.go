package app_test

import (
	"io"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// A mistake in a condition has its place in it as it was written, though a sink's accounts narrow it.
func TestPlaceInNarrowedCondition(t *testing.T) {
	for when, want := range map[string]string{
		`when: level == "hihg"`:           `tocsin.yaml:5: CONSOLE_WHEN: line 1, column 10: no level is called so`,
		`when: sample and`:                `tocsin.yaml:5: CONSOLE_WHEN: line 1, column 10: unexpected token end`,
		`when: account == "444455556666"`: `tocsin.yaml:5: CONSOLE_WHEN: together with the sink's accounts: line 1, column 41: cannot hold here`,
		`when: severity >= 9 // urgent`:   ``,
	} {
		text := "accounts: {shop: {\"111122223333\": a}}\nsinks:\n  console:\n    accounts: shop\n    " + when + "\n"
		_, err := app.Load(t.Context(), app.Options{
			Settings: config.Texts(map[string]string{"CONFIG": "file:tocsin.yaml"}), Log: io.Discard,
			ReadFile: func(string) ([]byte, error) { return []byte(text), nil },
		})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", when, err)
		case want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("%s: got %v, want %s", when, err, want)
		}
	}
}
