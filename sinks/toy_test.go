package sinks_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// toy is a type of sink of these tests alone.
type toy struct {
	AccessToken secret.Ref `split_words:"true"`
	Room        string
	UserName    string     `split_words:"true"`
	Everywhere  everywhere `ignored:"true"`
}

// everywhere is what the toy reads without its prefix.
type everywhere struct {
	ToyColour string `split_words:"true"`
}

func (t *toy) Unprefixed() any { return &t.Everywhere }

// built is a toy's sink, which says what it was built of.
type built struct {
	toy
	notify.Notifier
}

func newToy(_ context.Context, _ string, c toy, _ formatter.Style) (built, error) {
	var mistakes []error
	if c.Room == "" {
		mistakes = append(mistakes, errors.New("ROOM: is not set"))
	}
	if !c.AccessToken.IsSet() && c.UserName == "" {
		mistakes = append(mistakes, errors.New("ACCESS_TOKEN: is not set"))
	}
	return built{toy: c}, errors.Join(mistakes...)
}

func toys() sinks.Type {
	return sinks.Of("toy", traits.Traits{
		Concurrency: 2, Rate: 3, DigestAfter: 4,
		Needs:        [][]string{{"ACCESS_TOKEN", "ROOM"}, {"USER_NAME", "ROOM"}},
		Placeholders: map[string]string{"ACCESS_TOKEN": "placeholder", "ROOM": "nowhere"},
		Makes:        []traits.Resource{{Kind: traits.Topic, Setting: "ROOM"}},
	}, newToy)
}

func TestOf(t *testing.T) {
	kind := toys()
	if !slices.Equal(kind.Settings, []string{"ACCESS_TOKEN", "ROOM", "USER_NAME"}) || !slices.Equal(kind.Secrets, []string{"ACCESS_TOKEN"}) {
		t.Errorf("the settings are %v, the secrets %v", kind.Settings, kind.Secrets)
	}
	if kind.Rate != 3 || kind.DigestAfter != 4 || kind.ConcurrencyAt(3) != 2 || kind.ConcurrencyAt(0) != 8 {
		t.Errorf("got %+v", kind.Traits)
	}
	if kind.Made(traits.Topic) != "ROOM" || kind.Made(traits.WebhookSecret) != "" {
		t.Errorf("got %+v", kind.Makes)
	}
	settings := config.Texts(map[string]string{"ONCALL_ACCESS_TOKEN": "s3cr3t", "ONCALL_ROOM": "r", "ROOM": "other", "TOY_COLOUR": "red", "ONCALL_TOY_COLOUR": "blue"})
	sink, err := kind.New(t.Context(), settings, "oncall", formatter.Style{})
	if err != nil {
		t.Fatal(err)
	}
	got, ok := sink.(built)
	if token, err := got.AccessToken.Value(t.Context()); !ok || err != nil || token != "s3cr3t" || got.Room != "r" || got.Everywhere.ToyColour != "red" {
		t.Errorf("got %v, error %v", got, err)
	}
	const want = "ONCALL_ROOM: is not set\nONCALL_ACCESS_TOKEN: is not set"
	if _, err := kind.New(t.Context(), config.Texts(nil), "oncall", formatter.Style{}); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if err := kind.Check(t.Context(), config.Texts(nil), "oncall"); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// An instance is given placeholders for what the usual alternative lacks, unless it means one of
// them.
func TestMissing(t *testing.T) {
	for name, test := range map[string]struct {
		set  []string
		want map[string]string
	}{
		"nothing":               {nil, map[string]string{"ONCALL_ACCESS_TOKEN": "placeholder", "ONCALL_ROOM": "nowhere"}},
		"what is in both":       {[]string{"ONCALL_ROOM"}, map[string]string{"ONCALL_ACCESS_TOKEN": "placeholder"}},
		"the usual alternative": {[]string{"ONCALL_ACCESS_TOKEN"}, nil},
		"the other alternative": {[]string{"ONCALL_USER_NAME"}, nil},
	} {
		isSet := func(variable string) bool { return slices.Contains(test.set, variable) }
		if got := toys().Missing("oncall", isSet); !maps.Equal(got, test.want) || toys().Lacks("oncall", isSet) != (test.want != nil) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
	if plain := sinks.Of("plain", traits.Traits{}, newToy); plain.Lacks("plain", func(string) bool { return false }) {
		t.Error("a type that needs nothing lacks something")
	}
}

// What each type says of itself holds: it needs settings that it has, its placeholders are enough
// to build it, and without them it is refused; names of rights are not given twice.
func TestTraits(t *testing.T) {
	rights := map[string]bool{}
	for _, kind := range sinks.Table() {
		for _, setting := range slices.Concat(slices.Concat(kind.Needs...), slices.Collect(maps.Keys(kind.Placeholders))) {
			if !slices.Contains(kind.Settings, setting) {
				t.Errorf("%s has no setting %s", kind.Name, setting)
			}
		}
		for _, grant := range kind.Grants {
			if !slices.Contains(kind.Settings, grant.Setting) || rights[grant.Name] || len(grant.Actions) == 0 {
				t.Errorf("%s: the right %s has no setting, no actions or another's name", kind.Name, grant.Name)
			}
			rights[grant.Name] = true
		}
		for _, resource := range kind.Makes {
			if len(kind.Needs) == 0 || !slices.Equal(kind.Needs[0], []string{resource.Setting}) {
				t.Errorf("%s: a deployment makes what stands for %s, which is not all that the usual alternative needs", kind.Name, resource.Setting)
			}
		}
		missing := config.Texts(kind.Missing("oncall", func(string) bool { return false }))
		if err := kind.Check(t.Context(), missing, "oncall"); err != nil {
			t.Errorf("%s: the placeholders are not enough: %v", kind.Name, err)
		}
		if err := kind.Check(t.Context(), config.Texts(nil), "oncall"); (err == nil) != (len(kind.Needs) == 0) {
			t.Errorf("%s without settings: %v", kind.Name, err)
		}
	}
}
