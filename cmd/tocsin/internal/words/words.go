// Package words makes a finding of words such as account=444455556666 severity=8 tag.Team=shop: all
// that a condition can ask for, in the notation of the recipes of docs/routing.md.
package words

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// What a finding is unless its words say something else.
const (
	defaultAccount  = "111122223333"
	defaultRegion   = "eu-west-1"
	defaultSeverity = 5
)

// Reader makes findings of words.
type Reader struct{ table []source.Source }

// NewReader returns what makes findings of the sources of a table.
func NewReader(table []source.Source) Reader { return Reader{table} }

// Read makes a finding of words with blanks between them. The id is that of a finding whose words
// name none. Words that say nothing of the source make a finding of the first of the table. The error joins one
// error for each word that is wrong.
func (r Reader) Read(text, id string) (finding.Finding, error) {
	all, err := split(text)
	if err != nil {
		return finding.Finding{}, err
	}
	b := newBuilder(r.table, id)
	var mistakes []error
	seen := map[string]bool{}
	for i, one := range all {
		name, value, isPair := strings.Cut(one, "=")
		if !isPair {
			value = "true"
		}
		err := b.take(name, value, isPair)
		if err == nil && seen[name] {
			err = errors.New("is given twice")
		}
		seen[name] = true
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("word %d: %s: %w", i+1, name, err))
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return finding.Finding{}, err
	}
	return b.finish()
}

// split returns the words of a text. As in a shell, quotes hold blanks together, and are not a part
// of the word.
func split(text string) ([]string, error) {
	var all []string
	var word strings.Builder
	isOpen, quote := false, rune(0)
	for _, r := range text {
		switch {
		case r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, isOpen = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if isOpen {
				all = append(all, word.String())
			}
			word.Reset()
			isOpen = false
		default:
			word.WriteRune(r)
			isOpen = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c is opened and not closed", quote)
	}
	if isOpen {
		all = append(all, word.String())
	}
	return all, nil
}

// builder is a finding that is being made.
type builder struct {
	table   []source.Source
	finding finding.Finding
	product string
	// isNamed says that the words name the source, or the road.
	isNamed bool
	// document and event are what words say of them, by paths.
	document, event []step
}

func newBuilder(table []source.Source, id string) *builder {
	return &builder{table: table, finding: finding.Finding{
		ID: id, Source: table[0].Name, Severity: defaultSeverity, Title: "A finding of words",
		Place:    finding.Place{Account: finding.Account{ID: defaultAccount}, Region: defaultRegion},
		Activity: finding.Activity{Count: 1},
	}}
}

// finish fills in what no word has said.
func (b *builder) finish() (finding.Finding, error) {
	f := &b.finding
	if !b.isNamed {
		if f.Type == "" {
			f.Type = "Backdoor:EC2/Spambot"
		}
		if f.Resource.Type == "" {
			f.Resource.Type = "Instance"
		}
	}
	if f.Road == "" {
		f.Road = roadOf(b.table, f.Source)
	}
	f.Partition = finding.PartitionOf(f.Region).Name
	f.Updated = f.LastSeen
	if err := b.documents(); err != nil {
		return finding.Finding{}, err
	}
	events.Describe(b.table, f)
	if b.product != "" {
		f.About.Product = b.product
	}
	return *f, nil
}

// roadOf returns the ID of the entry that findings of a source come by.
func roadOf(table []source.Source, name string) string {
	for _, s := range table {
		if s.Name == name {
			return s.ID
		}
	}
	return "generic"
}
