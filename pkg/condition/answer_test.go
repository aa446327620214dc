package condition_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/condition"
)

func TestAnswer(t *testing.T) {
	for _, test := range []struct {
		text   string
		status int
		body   string
		want   bool
		fails  bool
	}{
		{"status == 201", 201, "", true, false},
		{"status in [200, 202] and body.errors == false", 202, `{"errors":false}`, true, false},
		{"status in [200, 202] and body.errors == false", 202, `{"errors":true}`, false, false},
		{"body.code == 0", 200, `{"text":"Success","code":0}`, true, false},
		{"body.code == 0", 200, `{"text":"No","code":7}`, false, false},
		{`body == "ok"`, 200, `"ok"`, true, false},
		{`body.items[0].result.number != ""`, 200, `{"items":[{"result":{"number":"INC1"}}]}`, true, false},
		{`len(body.id) > 0`, 200, `{"id":"x"}`, true, false},
		{"body.ok", 200, `{"ok":"yes"}`, false, true},
		{"body.ok == true", 200, `["s3cr3t"]`, false, true},
		{"body.a.b == true", 200, `{}`, false, true},
		{"body?.a?.b == true", 200, `{}`, false, false},
	} {
		c, err := condition.CompileAnswer(test.text)
		if test.text == "body.ok" {
			if err == nil {
				t.Errorf("%s: no error for what need not be true or false", test.text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		var body any
		_ = json.Unmarshal([]byte(test.body), &body)
		got, err := c.Holds(test.status, body)
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s over %d %s: got %v, %v", test.text, test.status, test.body, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: the error shows the answer", test.text)
		}
	}
}

func TestAnswerMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "is empty",
		" ":                               "is empty",
		"status = 200":                    "line 1, column 8: unexpected token =; did you mean ==?",
		"sttus == 200":                    "line 1, column 1: unknown name sttus; did you mean status?",
		"status":                          "gives number, not true or false",
		"severity > 7":                    "line 1, column 1: unknown name severity; there are status and body",
		`env("s3cr3t") == body`:           "line 1, column 1: unknown name env",
		"$meter(body, 1) == 1":            "unknown name $meter",
		`toJSON(body) == "s3cr3t"`:        "unknown name toJSON",
		strings.Repeat("s3cr3t or ", 900): "is longer than",
	} {
		_, err := condition.CompileAnswer(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%.20q: got %v, want %s", text, err, want)
		}
	}
}

// An answer cannot make a condition costly: what it may cost is bounded.
func TestAnswerIsBounded(t *testing.T) {
	c, err := condition.CompileAnswer(`all(body, any(body, # == 1))`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Holds(200, make([]any, 100_000)); err == nil {
		t.Error("ten thousand million steps are taken")
	}
}
