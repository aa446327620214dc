//go:build !lambda.norpc

package source

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"
)

// sampleSuffix ends the name of a file that is a sample.
const sampleSuffix = ".json.tmpl"

// FileSamples makes samples of templates: each file samples/NAME.json.tmpl is the EventBridge event
// of the type NAME. A template can name {{.Account}} and {{.Region}}, the times {{at 0}} and {{at
// -90}} in minutes from the time of the sample as RFC 3339, {{.ID}} (32 hexadecimal digits, another
// one for each sample and option), and the functions of text/template. The detail is marked as a
// sample. The showcase is the given types.
func FileSamples(files embed.FS, showcase ...string) Samples {
	types := func() []string {
		entries, _ := files.ReadDir("samples") // without it there are no samples
		var all []string
		for _, entry := range entries {
			if name, isSample := strings.CutSuffix(entry.Name(), sampleSuffix); isSample {
				all = append(all, name)
			}
		}
		return all
	}
	return Samples{
		Types: types, Showcase: func() []string { return showcase },
		Event: func(name string, o SampleOptions) (json.RawMessage, error) {
			if !slices.Contains(types(), name) {
				return nil, ErrNoType
			}
			if err := o.Check(); err != nil {
				return nil, err
			}
			event, err := fileSample(files, name, o)
			if err != nil {
				return nil, fmt.Errorf("sample %s: %w", name, err)
			}
			return event, nil
		},
	}
}

// Check says what is wrong with account and region.
func (o SampleOptions) Check() error {
	if o.Account != "" && (len(o.Account) != 12 || strings.Trim(o.Account, "0123456789") != "") {
		return errors.New("an account id has 12 digits, such as 111122223333")
	}
	const letters = "abcdefghijklmnopqrstuvwxyz"
	if o.Region != "" && (strings.Count(o.Region, "-") < 2 || strings.Trim(o.Region, letters+"0123456789-") != "") {
		return errors.New("a region is a code such as eu-central-1")
	}
	return nil
}

// fileSample fills in a template. Going through the values sorts members and drops white space.
func fileSample(files embed.FS, name string, o SampleOptions) (json.RawMessage, error) {
	o.Account, o.Region = cmp.Or(o.Account, "111122223333"), cmp.Or(o.Region, "eu-central-1")
	sum := sha256.Sum256([]byte(strings.Join([]string{name, o.Account, o.Region, o.Time.UTC().String()}, "\n")))
	text, err := files.ReadFile("samples/" + name + sampleSuffix)
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Funcs(template.FuncMap{"at": o.at}).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var filled bytes.Buffer
	err = t.Execute(&filled, struct {
		SampleOptions
		ID string
	}{o, hex.EncodeToString(sum[:])[:32]})
	if err != nil {
		return nil, err
	}
	var event map[string]any
	if err := json.Unmarshal(filled.Bytes(), &event); err != nil {
		return nil, err
	}
	if detail, ok := event["detail"].(map[string]any); ok && detail["findings"] == nil {
		detail["sample"] = true // findings in a list have the marks of their own form
	}
	marked, err := json.Marshal(event)
	if err != nil || !o.Unmarked {
		return marked, err
	}
	return WithoutMarks(marked, nil)
}

// at returns a time some minutes from that of the sample.
func (o SampleOptions) at(minutes int) string {
	return o.Time.UTC().Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339)
}
