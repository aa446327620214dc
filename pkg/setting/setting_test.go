package setting_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kelseyhightower/envconfig"

	"github.com/tocsin-sec/tocsin/pkg/setting"
)

func TestFields(t *testing.T) {
	type sample struct {
		WebhookURL string `split_words:"true"`
		OneWord    string
		Left       string `ignored:"true"`
		hidden     string
		DeadLetter int `split_words:"1"`
	}
	_ = sample{hidden: ""}
	if got := setting.Names(reflect.TypeFor[sample]()); !slices.Equal(got, []string{"WEBHOOK_URL", "ONEWORD", "DEAD_LETTER"}) {
		t.Errorf("got %q", got)
	}
	if got := setting.Variable("oncall", "RATE") + setting.Variable("", "RATE"); got != "ONCALL_RATERATE" {
		t.Errorf("got %q", got)
	}
}

// FuzzNames holds that a field has the name that the environment's reader gives it.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"WebhookURL", "ApiURL", "APIURL", "SNSTopicARN", "OAuth2Token", "Http2URL", "XYz", "ABC1", "A_B", "X", "A1B2c3D", "X__YZ_"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || len(name) > 60 || name[0] < 'A' || name[0] > 'Z' || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return
		}
		structure := reflect.StructOf([]reflect.StructField{{Name: name, Type: reflect.TypeFor[string](), Tag: `split_words:"true"`}})
		variable := setting.Variable("oncall", setting.Names(structure)[0])
		t.Setenv(variable, "found")
		into := reflect.New(structure)
		if err := envconfig.Process("oncall", into.Interface()); err != nil || into.Elem().Field(0).String() != "found" {
			t.Errorf("%s: envconfig does not read %s", name, variable)
		}
	})
}
