package webhook_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/webhook"
	"github.com/tocsin-sec/tocsin/sinks/webhook/webhooktest"
)

// recipes returns the settings of each recipe on the sink's page, by its heading.
func recipes(t testing.TB) map[string]map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/sinks/webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(page), "\n## Recipes\n")
	all := map[string]map[string]string{}
	for _, recipe := range strings.Split(part, "\n### ")[1:] {
		heading, rest, _ := strings.Cut(recipe, "\n")
		_, block, _ := strings.Cut(rest, "\n```\n")
		block, _, found := strings.Cut(block, "\n```\n")
		if !found {
			t.Fatalf("%s has no block", heading)
		}
		settings, name := map[string]string{}, ""
		for line := range strings.Lines(block) { // a template goes on over several lines
			if set := regexp.MustCompile(`^([A-Z_]+)=(.*)`).FindStringSubmatch(line); set != nil {
				name, settings[set[1]] = set[1], set[2]
			} else {
				settings[name] += "\n" + strings.TrimSuffix(line, "\n")
			}
		}
		all[heading] = settings
	}
	return all
}

// meeting is a recipe before the API that it is for.
type meeting struct {
	notify.Notifier
	// faults are why the API has refused messages; bodies are those that it took.
	faults []string
	bodies []map[string]any
	// reply is answered in the API's place where it has a status.
	reply webhooktest.Reply
}

// meet makes a recipe's sink as the function does, with nothing changed but the server, which
// stands where the URL has the vendor's. The vault has the secrets, of which token is one.
func meet(t *testing.T, heading string, settings map[string]string, token string) *meeting {
	t.Helper()
	m := &meeting{}
	api := webhooktest.APIs()[heading]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if m.reply.Status != 0 {
			w.WriteHeader(m.reply.Status)
			_, _ = io.WriteString(w, m.reply.Body)
			return
		}
		if fault := api.Serve(w, r, body); fault != "" {
			m.faults = append(m.faults, fault)
			return
		}
		var object map[string]any
		_ = json.Unmarshal(body, &object)
		m.bodies = append(m.bodies, object)
	}))
	t.Cleanup(server.Close)
	secrets, err := json.Marshal(map[string]string{"auth": token, "token": token, "url": server.URL + "/hooks/" + webhooktest.Key})
	if err != nil {
		t.Fatal(err)
	}
	newVault(t, string(secrets))
	instance, _, _ := strings.Cut(settings["SINKS"], "=")
	local := maps.Clone(settings)
	if address := sinks.Prefix(instance) + "URL"; !secret.New(local[address]).IsReference() {
		parsed, err := url.Parse(local[address])
		if err != nil || parsed.Scheme != "https" {
			t.Fatalf("%s is no URL: %v", address, err)
		}
		local[address] = server.URL + parsed.Path
	}
	for _, kind := range sinks.Table() {
		if kind.Name == "webhook" {
			m.Notifier, err = kind.New(t.Context(), config.Texts(local), instance, formattertest.Style(t, nil))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func tokenFor(heading string) string {
	if api := webhooktest.APIs()[heading]; strings.HasPrefix(api.Value, "Basic ") {
		return webhooktest.Basic()
	}
	return webhooktest.Key
}

// Each recipe is taken by the API that it is for, whatever the message is.
func TestRecipes(t *testing.T) {
	all := recipes(t)
	if got, want := slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(webhooktest.APIs())); !slices.Equal(got, want) {
		t.Fatalf("the recipes are %q, the APIs %q", got, want)
	}
	messages := map[string]notify.Notification{}
	for name, n := range formattertest.Huge() {
		if name == "lists" || name == "runes" { // the longest in fields and in bytes
			messages["huge "+name] = n
		}
	}
	for name, c := range formattertest.Cases() {
		messages["case "+name] = c.Notification
	}
	for name, attack := range formattertest.Attacks() {
		messages["attack "+name] = formattertest.Filled(attack)
	}
	for kind := notify.KindFinding; kind <= notify.KindHeartbeat; kind++ {
		n := notify.Notification{Kind: kind, Findings: []finding.Finding{formattertest.Exfiltration()}}
		if kind == notify.KindHeartbeat {
			n.Findings = nil
		}
		messages["kind "+kind.String()] = n
		n.Minimal = true
		messages["minimal "+kind.String()] = n
	}
	for heading, settings := range all {
		t.Run(heading, func(t *testing.T) {
			m := meet(t, heading, settings, tokenFor(heading))
			for name, n := range messages {
				if _, err := m.Notify(t.Context(), n); err != nil {
					t.Errorf("%s: %v %q", name, err, m.faults)
				}
			}
			if len(m.bodies) != len(messages) {
				t.Errorf("%d of %d messages were taken", len(m.bodies), len(messages))
			}
		})
	}
}

// What each API says when it does not take a message is what it is: a sender who is not known, a
// message of which more is wanted, an answer without the proof.
func TestRecipesThatAreRefused(t *testing.T) {
	for heading, settings := range recipes(t) {
		t.Run(heading, func(t *testing.T) {
			api := webhooktest.APIs()[heading]
			m := meet(t, heading, settings, "another-s3cr3t")
			if _, err := m.Notify(t.Context(), notification()); api.Header != "" && notify.KindOf(err) != notify.Broken {
				t.Errorf("with another key: %v", err)
			}
			m = meet(t, heading, settings, tokenFor(heading))
			for _, test := range []struct {
				reply webhooktest.Reply
				want  notify.ErrorKind
			}{
				{api.Refused("no"), notify.Unacceptable},
				{webhooktest.Reply{Status: 200, Body: "<html>sign in</html>"}, notify.Broken},
				{webhooktest.Reply{Status: api.Taken.Status}, notify.Broken},
				{webhooktest.Reply{Status: api.Taken.Status, Body: "{}"}, notify.Broken},
				{webhooktest.Reply{Status: 429}, notify.Throttled},
				{webhooktest.Reply{Status: 503, Body: api.Taken.Body}, notify.Transient},
			} {
				m.reply = test.reply
				if _, err := m.Notify(t.Context(), notification()); err == nil || notify.KindOf(err) != test.want || strings.Contains(err.Error(), webhooktest.Key) {
					t.Errorf("%d %s: got %v (%v), want %v", test.reply.Status, test.reply.Body, err, notify.KindOf(err), test.want)
				}
			}
		})
	}
}

// incident.io resolves the alert of a finding when it is over; the other APIs are told in words.
func TestRecipesAtTheEnd(t *testing.T) {
	n := notification()
	ended := notification()
	ended.Kind, ended.Findings[0].State = notify.KindResolved, finding.Archived
	m := meet(t, "incident.io", recipes(t)["incident.io"], tokenFor("incident.io"))
	for _, one := range []notify.Notification{n, ended} {
		if _, err := m.Notify(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
	first, last := m.bodies[0], m.bodies[1]
	if first["status"] != "firing" || last["status"] != "resolved" || first["deduplication_key"] != last["deduplication_key"] {
		t.Errorf("got %v and %v", first, last)
	}
	if first["metadata"].(map[string]any)["level"] != "high" {
		t.Errorf("got %v", first["metadata"])
	}
}

// A template's references are all those of the page, which whoever grants them finds.
func TestRecipesReferToSecrets(t *testing.T) {
	for heading, settings := range recipes(t) {
		instance, _, _ := strings.Cut(settings["SINKS"], "=")
		text := settings[sinks.Prefix(instance)+"HEADERS"]
		references, err := webhook.References(text, func(word string) bool { return secret.New(word).IsReference() })
		if err != nil || len(references) == 0 && heading != "Mattermost" {
			t.Errorf("%s: %d references, %v", heading, len(references), err)
		}
	}
}
