package config_test

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/pkg/setting"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/console"
)

// tricky has names whose words are easily cut in the wrong place, and types that read themselves.
type tricky struct {
	WebhookURL         secret.Ref `split_words:"true"`
	DeadLetterQueueURL string     `split_words:"true"`
	BotToken           secret.Ref `split_words:"true"`
	SNSTopicARN        string     `split_words:"true"`
	ApiURL             string     `split_words:"true"` //nolint:revive,staticcheck // spelled as the sink has it
	APIURL             string
	OAuth2Token        string `split_words:"true"`
	Http2URL           string `split_words:"true"` //nolint:revive,staticcheck // a digit before capitals
	XYz                string `split_words:"true"`
	ABC1               string `split_words:"true"`
	SNS                string
	OneWord            string
	Upper              upper
	Left               string `ignored:"true"`
	hidden             string
}

// upper reads itself from a text.
type upper string

func (u *upper) UnmarshalText(text []byte) error {
	*u = upper(strings.ToUpper(string(text)))
	return nil
}

var _ encoding.TextUnmarshaler = (*upper)(nil)

// structs returns a new value of every struct that settings are read into.
func structs() []any {
	all := []any{&tricky{hidden: "x"}, &console.Terminal{}}
	for _, kind := range sinks.Table() {
		all = append(all, kind.NewConfig())
	}
	return all
}

// texts returns what variables are set to, of which the names are in order.
func texts(names []string) []map[string]string {
	full, sparse, empty := map[string]string{}, map[string]string{}, map[string]string{}
	for i, name := range names {
		full[name] = fmt.Sprintf(" value %d, =#\"'\n", i)
		empty[name] = ""
		if i%2 == 0 {
			sparse[name] = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf#" + name
		}
	}
	return []map[string]string{{}, full, sparse, empty}
}

// All sources fill every struct in the same way, under any prefix.
func TestSourcesAgree(t *testing.T) {
	for _, into := range structs() {
		structure := reflect.TypeOf(into).Elem()
		for _, prefix := range []string{"", "slack", "slack_prod", "Oncall2"} {
			var names []string
			for _, name := range setting.Names(structure) {
				names = append(names, setting.Variable(prefix, name))
			}
			for _, variables := range texts(names) {
				// What stands under a prefix within the prefix, and beside it, is not taken.
				variables["SLACK_PROD_X_RATE"], variables["RATE_X"], variables["HOME"] = "9", "9", "/root"
				setOnly(t, variables)
				want := decoded(t, config.Environment(), prefix, structure)
				half, rest := map[string]string{}, map[string]string{}
				for name, text := range variables {
					if len(name)%2 == 0 {
						half[name], rest[name] = text, "hidden by the upper one"
					} else {
						rest[name] = text
					}
				}
				for name, source := range map[string]config.Source{
					"variables":             config.Texts(variables),
					"over nothing":          config.Over(config.Texts(variables), config.Texts(nil)),
					"under nothing":         config.Over(config.Texts(nil), config.Texts(variables)),
					"one half over another": config.Over(config.Texts(half), config.Texts(rest)),
					"over the environment":  config.Over(config.Texts(half), config.Environment()),
				} {
					if got := decoded(t, source, prefix, structure); !slices.Equal(got, want) {
						t.Errorf("%s, prefix %q, %s: got\n%q, from the environment\n%q", structure, prefix, name, got, want)
					}
					checkLookups(t, name, source, variables)
				}
			}
		}
	}
}

// decoded returns what a source makes of a struct, beginning with an empty one and with one that is
// filled, as one text for each field.
func decoded(t *testing.T, source config.Source, prefix string, structure reflect.Type) []string {
	t.Helper()
	var all []string
	for _, before := range []string{"", "before"} {
		value := reflect.New(structure)
		for _, field := range setting.Fields(structure) {
			fill(value.Elem().Field(field.Index), before)
		}
		if err := source.Decode(prefix, value.Interface()); err != nil {
			t.Errorf("%s: %v", structure, err)
		}
		for _, field := range setting.Fields(structure) {
			text := value.Elem().Field(field.Index).Interface()
			if ref, ok := text.(secret.Ref); ok {
				text = plain(t, ref)
			}
			all = append(all, fmt.Sprint(field.Name, "=", text))
		}
	}
	return all
}

func fill(field reflect.Value, text string) {
	if field.Kind() == reflect.String {
		field.SetString(text)
	} else if text != "" {
		field.Set(reflect.ValueOf(secret.New(text)))
	}
}

// plain returns the text of a secret of these tests, or what it refers to.
func plain(t *testing.T, ref secret.Ref) string {
	t.Helper()
	if ref.IsReference() {
		return "a reference"
	}
	text, err := ref.Value(t.Context())
	if err != nil {
		t.Error(err)
	}
	return fmt.Sprint(ref.IsSet(), text)
}

// checkLookups sees that a source has exactly the variables.
func checkLookups(t *testing.T, source string, s config.Source, variables map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, name := range s.Names() {
		value, found := s.Lookup(name)
		if _, twice := got[name]; twice || !found || value.Origin != "" {
			t.Errorf("%s: %s stands there twice, or is named and not found, or has an origin", source, name)
		}
		got[name] = value.Text
	}
	if diff := cmp.Diff(variables, got); diff != "" {
		t.Errorf("%s: %s", source, diff)
	}
	if _, found := s.Lookup("NOWHERE"); found {
		t.Errorf("%s: finds what is not set", source)
	}
}

// refuses is what a source has no way to fill.
type refuses struct{ Level, Number nothing }

type nothing int

func (n *nothing) UnmarshalText(text []byte) error { return errors.New(string(text)) }

func TestDecodeRefuses(t *testing.T) {
	variables := config.Texts(map[string]string{"LEVEL": "s3cret", "COUNT": "s3cret"})
	for name, into := range map[string]any{
		"LEVEL: cannot be read":      &refuses{},
		"COUNT: a setting is a text": &struct{ Count int }{},
		"settings are read into":     refuses{},
		"settings are read":          new(string),
	} {
		err := variables.Decode("", into)
		if err == nil || !strings.HasPrefix(err.Error(), name) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}

// A mistake in a file says where it stands; one in the environment is as it ever was.
func TestOrigin(t *testing.T) {
	file := config.Variables{
		"SINKS": {Text: "plain", Origin: "tocsin.yaml:1"}, "RATE": {Text: "s3cret", Origin: "tocsin.yaml:2"}, "PLAIN_X": {Text: "s3cret", Origin: "tocsin.yaml:7"},
	}
	source := config.Over(file, config.Texts(map[string]string{"MIN_SEVERITY": "s3cret"}))
	_, err := config.Load(source, config.Options{SinkTypes: map[string][]string{"plain": nil}})
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatal(err)
	}
	var got []string
	for _, mistake := range joined.Unwrap() {
		begin, _, _ := strings.Cut(config.Located(source, mistake).Error(), ": n")
		got = append(got, begin)
	}
	if diff := cmp.Diff([]string{"MIN_SEVERITY", "tocsin.yaml:2: RATE", "tocsin.yaml:7: PLAIN_X"}, got); diff != "" {
		t.Error(diff)
	}
	if odd := errors.New("no variable at all"); !errors.Is(config.Located(source, odd), odd) {
		t.Error("another mistake is changed")
	}
}

// Each name that was ever refused is refused, and so is the beginning of every setting of Tocsin's
// own; but "log" was a name for an instance before there was LOG_LEVEL, and stays one, and so do others.
func TestReservedNames(t *testing.T) {
	refused := []string{
		"account", "aws", "aws_x", "body", "dead", "default", "digest", "digest_after", "fields", "go", "http", "https", "lambda", "lambda_x", "lc", "ld", "ledger",
		"mention", "message", "min", "mutes", "no", "otel", "rate", "repeat", "runbook", "show", "sinks", "source", "time", "title", "tocsin", "when", "xdg",
	}
	for _, name := range slices.DeleteFunc(config.Settings(), func(name string) bool {
		return slices.Contains([]string{"LOG_LEVEL", "FALLBACK_SINK", "DRILL", "SUMMARY", "QUEUE_URL"}, name) || strings.HasPrefix(name, "ESCALATE_") || strings.HasPrefix(name, "ACTIONS_")
	}) {
		first, _, _ := strings.Cut(strings.ToLower(name), "_")
		if !slices.Contains(refused, first) {
			t.Errorf("the new name %s is refused; if that is meant, say so here and in the changelog", first)
		}
		refused = append(refused, first)
	}
	for _, name := range refused {
		if !config.IsReserved(name) {
			t.Errorf("%s is not refused", name)
		}
	}
	for _, name := range []string{"slack", "oncall", "awsome", "min_severity", "dead_letter", "mentions", "log", "fallback", "drill", "summary", "queue", "escalate", "actions"} {
		if config.IsReserved(name) {
			t.Errorf("%s is refused", name)
		}
	}
}
