package jsmtest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/jsm/jsmtest"
)

// The fake refuses what the service refuses, each for its own reason.
func TestRefuses(t *testing.T) {
	const alerts, genie = "/jsm/ops/integration/v2/alerts", "GenieKey " + jsmtest.Key
	with := func(field string, n int, unit string) string {
		return fmt.Sprintf(`{"message":"m","alias":"a",%q:%q}`, field, strings.Repeat(unit, n))
	}
	for name, test := range map[string]struct {
		path, key, body string
		want            int
		says            string
	}{
		"good":             {alerts, genie, `{"message":"m","alias":"a"}`, 202, `"requestId":"`},
		"Opsgenie's path":  {"/v2/alerts", genie, `{"message":"m"}`, 202, "Request will be processed"},
		"close":            {alerts + "/a/close?identifierType=alias", genie, `{"note":"n"}`, 202, "Request will be processed"},
		"note":             {"/v2/alerts/a/notes?identifierType=alias", genie, `{"note":"n"}`, 202, "Request will be processed"},
		"acknowledged":     {alerts + "/a/acknowledge?identifierType=alias", genie, `{"note":"n","user":"u"}`, 202, "Request will be processed"},
		"given back":       {"/v2/alerts/a/unacknowledge?identifierType=alias", genie, `{}`, 202, "Request will be processed"},
		"taken by id":      {alerts + "/a/acknowledge", genie, `{}`, 422, "Identifier"},
		"long word":        {alerts + "/a/acknowledge?identifierType=alias", genie, with("note", 25_001, "x"), 422, "note"},
		"long taker":       {alerts + "/a/acknowledge?identifierType=alias", genie, fmt.Sprintf(`{"user":%q}`, strings.Repeat("x", 101)), 422, "user"},
		"a new one":        {alerts + "/a/acknowledge?identifierType=alias", genie, `{"message":"m"}`, 422, "message"},
		"another path":     {"/v1/alerts", genie, `{}`, 404, "path"},
		"another action":   {alerts + "/a/snooze?identifierType=alias", genie, `{}`, 404, "path"},
		"no action":        {alerts + "/a", genie, `{}`, 404, "path"},
		"not by alias":     {alerts + "/a/close", genie, `{"note":"n"}`, 422, "Identifier"},
		"no key":           {alerts, "", `{}`, 422, "Key format is not valid!"},
		"bearer":           {alerts, "Bearer " + jsmtest.Key, `{}`, 422, "Key format is not valid!"},
		"unknown key":      {alerts, "GenieKey " + strings.Repeat("a", 36), `{}`, 401, "authenticate"},
		"no message":       {alerts, genie, `{"alias":"a"}`, 422, `"errors":{"message"`},
		"long message":     {alerts, genie, fmt.Sprintf(`{"message":%q}`, strings.Repeat("🔥", 66)), 422, "132 characters of at most 130"},
		"long alias":       {alerts, genie, fmt.Sprintf(`{"message":"m","alias":%q}`, strings.Repeat("a", 513)), 422, "alias"},
		"long description": {alerts, genie, with("description", 15_001, "x"), 422, "description"},
		"long entity":      {alerts, genie, with("entity", 513, "x"), 422, "entity"},
		"long source":      {alerts, genie, with("source", 101, "x"), 422, "source"},
		"long user":        {alerts, genie, with("user", 101, "x"), 422, "user"},
		"long note":        {alerts + "/a/notes?identifierType=alias", genie, with("note", 25_001, "x"), 422, "note"},
		"empty note":       {alerts + "/a/notes?identifierType=alias", genie, `{}`, 422, "note"},
		"priority":         {alerts, genie, with("priority", 1, "P6"), 422, "priority"},
		"long tag":         {alerts, genie, fmt.Sprintf(`{"message":"m","tags":[%q]}`, strings.Repeat("x", 51)), 422, "tags"},
		"many tags":        {alerts, genie, `{"message":"m","tags":["x"` + strings.Repeat(`,"x"`, 20) + `]}`, 422, "tags"},
		"number":           {alerts, genie, `{"message":"m","details":{"count":3}}`, 422, "json"},
		"long details":     {alerts, genie, fmt.Sprintf(`{"message":"m","details":{"a":%q}}`, strings.Repeat("x", 8_000)), 422, "8001 characters"},
	} {
		server := jsmtest.New(t)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL()+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", test.key)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != test.want || !strings.Contains(string(body), test.says) {
			t.Errorf("%s: got %d %s, %v", name, answer.StatusCode, body, err)
		}
	}
}
