package discordtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/discord/discordtest"
)

func TestCheck(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n) }
	field := func(name, value string) string { return `{"name":"` + name + `","value":"` + value + `"}` }
	fields := func(n int, one string) string {
		return `{"embeds":[{"fields":[` + strings.Repeat(one+",", n-1) + one + `]}]}`
	}
	for body, isGood := range map[string]bool{
		`{"content":"x"}`:                                 true,
		`{"content":"` + long(2000) + `"}`:                true,
		`{"content":" ` + long(2000) + `\n","embeds":[]}`: true,
		`{"content":"` + long(2001) + `"}`:                false,
		`{"content":" "}`:                                 false,
		`{`:                                               false,
		`{"embeds":[]}`:                                   false,
		`{"embeds":[{}]}`:                                 false,
		`{"embeds":[{"color":1}]}`:                        false,
		`{"embeds":[{"title":"` + long(256) + `"}]}`:      true,
		`{"embeds":[{"title":"` + strings.Repeat("🔥", 256) + `"}]}`:                            true,
		`{"embeds":[{"title":"` + long(257) + `"}]}`:                                           false,
		`{"embeds":[{"description":"` + long(4096) + `"}]}`:                                    true,
		`{"embeds":[{"description":"` + long(4097) + `"}]}`:                                    false,
		`{"embeds":[{"title":"x","footer":{"text":"` + long(2049) + `"}}]}`:                    false,
		`{"embeds":[{"title":"x","url":"javascript:x"}]}`:                                      false,
		`{"embeds":[{"title":"x","url":"https://a.example/"}]}`:                                true,
		`{"embeds":[{"title":"x","color":16777216}]}`:                                          false,
		fields(25, field("x", "y")):                                                            true,
		fields(26, field("x", "y")):                                                            false,
		fields(1, field("", "y")):                                                              false,
		fields(1, field("x", " ")):                                                             false,
		fields(1, field("x", long(1024))):                                                      true,
		fields(1, field("x", long(1025))):                                                      false,
		fields(6, field("x", long(999))):                                                       true,
		fields(6, field("x", long(1000))):                                                      false,
		`{"content":"x","flags":4096}`:                                                         true,
		`{"content":"x","flags":64}`:                                                           false,
		`{"content":"x","allowed_mentions":{"parse":["everyone"],"users":["1","2"]}}`:          true,
		`{"content":"x","allowed_mentions":{"users":["1","1"]}}`:                               false,
		`{"content":"x","allowed_mentions":{"parse":["users"],"users":["1"]}}`:                 false,
		`{"content":"x","embeds":[` + strings.Repeat(`{"title":"x"},`, 10) + `{"title":"x"}]}`: false,
	} {
		if err := discordtest.Check([]byte(body)); (err == nil) != isGood {
			t.Errorf("%.80s: got %v", body, err)
		}
	}
}

func TestServer(t *testing.T) {
	server := discordtest.New(t)
	send := func(method, url, body string) (int, map[string]any) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		var a map[string]any
		_ = json.Unmarshal(text, &a)
		return response.StatusCode, a
	}
	url, good := server.URL(), `{"content":"x","flags":4096}`
	status, first := send("POST", url+"?wait=true", good)
	id, _ := first["id"].(string)
	if status != 200 || id == "" {
		t.Fatalf("got %d, %v", status, first)
	}
	for _, step := range []struct {
		method, url, body string
		status            int
		code              any
	}{
		{"POST", url, good, 204, nil},
		{"POST", url + "?wait=true&thread_id=" + discordtest.Thread, good, 200, nil},
		{"POST", url + "?wait=true&thread_id=1", good, 400, 10003.0},
		{"POST", url + "x?wait=true", good, 401, 50027.0},
		{"POST", strings.Replace(url, "1165", "1166", 1), good, 404, 10015.0},
		{"POST", url + "?wait=true", `{"content":""}`, 400, 50006.0},
		{"POST", url + "?wait=true", `{"embeds":[{}]}`, 400, 50035.0},
		{"GET", url, "", 200, nil},
		{"PUT", url, "", 405, 0.0},
		{"PATCH", url + "/messages/" + id, `{"content":"y"}`, 200, nil},
		{"PATCH", url + "/messages/1", `{"content":"y"}`, 404, 10008.0},
		{"PATCH", url + "/messages/" + id + "?thread_id=" + discordtest.Thread, `{"content":"y"}`, 404, 10008.0},
	} {
		if status, a := send(step.method, step.url, step.body); status != step.status || a["code"] != step.code {
			t.Errorf("%s %s: got %d %v, want %d %v", step.method, strings.ReplaceAll(step.url, discordtest.Secret, "..."), status, a["code"], step.status, step.code)
		}
	}
	all := server.Channel()
	if len(all) != 3 || all[0].Edits != 1 || all[0].Message().Content != "y" || all[0].Message().Flags != 4096 || len(server.Refused()) != 2 {
		t.Errorf("got %+v", all)
	}
	server.Delete(id)
	server.Limit(1)
	send("POST", url, good)
	if status, a := send("POST", url, good); status != 429 || a["retry_after"] != 0.75 || len(server.Channel()) != 3 {
		t.Errorf("got %d, %v", status, a)
	}
}
