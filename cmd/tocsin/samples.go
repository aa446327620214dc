package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

func samplesCommand(s streams, all []source.Source) *cobra.Command {
	var asked askedSamples
	command := &cobra.Command{
		Use:   "samples",
		Short: "Write sample events, one on each line",
		Long: `Samples writes EventBridge events of the project's own making, marked as samples where their source
has a mark for that: every one of every source, or those that are asked for.

The sources are ` + strings.Join(sampled(all), ", ") + `.

--real leaves the marks out, so that conditions such as "not sample", and REPEAT, do what they do in production.

--list gives on each line the type, a tab and the source, so that cut -f1 gives what --type takes.`,
		Example: `  tocsin samples --list
  tocsin samples --type 'Trojan:EC2/DNSDataExfiltration' | tocsin send
  tocsin samples --showcase | tocsin send
  tocsin samples --real | tocsin check --config tocsin.yaml -`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			asked.oneType = command.Flags().Changed("type")
			return sample(s, all, asked)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.findingType, "type", "", "only this finding type")
	flags.StringVar(&asked.from, "source", "", "only samples of this source, such as "+sampled(all)[0])
	flags.BoolVar(&asked.showcase, "showcase", false, "only the most telling ones, the most severe last")
	flags.BoolVar(&asked.options.Unmarked, "real", false, "do not mark them as samples: they look like real findings")
	flags.BoolVar(&asked.list, "list", false, "list the finding types and their sources instead of writing events")
	flags.StringVar(&asked.options.Account, "account", "", "the account id in the events (default 111122223333)")
	flags.StringVar(&asked.options.Region, "region", "", "the region in the events (default eu-central-1)")
	complete(command, "source", fixed(sampled(all)))
	complete(command, "type", func(context.Context) []string {
		table, err := ofSource(all, asked.from)
		if err != nil {
			return nil
		}
		return samplesOf(table).Types()
	})
	return command
}

// realWarning is what is said with samples that are not marked.
const realWarning = "tocsin: these findings are not marked as samples: whoever gets them takes them for real ones"

// askedSamples are the samples that somebody asks for, and how.
type askedSamples struct {
	findingType, from       string
	oneType, list, showcase bool
	options                 source.SampleOptions
}

func sample(s streams, all []source.Source, asked askedSamples) error {
	table, err := ofSource(all, asked.from)
	if err != nil {
		return usageError{err}
	}
	asked.options.Time = time.Now().UTC()
	samples := samplesOf(table)
	types := samples.Types()
	switch {
	case asked.oneType && asked.showcase:
		return usageError{errors.New("--type and --showcase exclude each other")}
	case asked.oneType:
		types = []string{asked.findingType}
	case asked.showcase:
		if types, err = showcaseOf(all, samples, asked.from, asked.options); err != nil {
			return usageError{err}
		}
	}
	_, err = samples.Event(types[0], asked.options)
	switch {
	case errors.Is(err, source.ErrNoType):
		return usageError{noSample(all, asked.from, types[0])}
	case err != nil:
		return usageError{err}
	case asked.list:
		for _, t := range types {
			fmt.Fprintf(s.out, "%s\t%s\n", t, holder(table, t))
		}
		return nil
	}
	if asked.options.Unmarked {
		fmt.Fprintln(s.err, realWarning)
	}
	return writeSamples(s, samples, types, asked.options)
}

// showcaseOf returns the telling types of a source, or without one what there is to see first: few
// enough for one screen with what make run says behind them. The most severe is the last, which stays
// in sight.
func showcaseOf(all []source.Source, samples source.Samples, from string, o source.SampleOptions) ([]string, error) {
	types := []string{"Trojan:EC2/DNSDataExfiltration", "AttackSequence:S3/CompromisedData"}
	if from != "" {
		types = slices.Clone(samples.Showcase())
	}
	severities := map[string]finding.Severity{}
	for _, t := range types {
		event, err := samples.Event(t, o)
		if err != nil {
			return nil, err
		}
		delivery, err := events.Open(all, event)
		if err != nil {
			return nil, fmt.Errorf("the sample of %s: %w", t, err)
		}
		for _, record := range delivery.Records {
			for _, f := range events.Parse(all, record.Envelope) {
				severities[t] = max(severities[t], f.Severity)
			}
		}
	}
	slices.SortStableFunc(types, func(a, b string) int { return cmp.Compare(severities[a], severities[b]) })
	return types, nil
}

func writeSamples(s streams, samples source.Samples, types []string, options source.SampleOptions) error {
	for _, t := range types {
		event, err := samples.Event(t, options)
		if err != nil {
			return usageError{err}
		}
		if _, err := fmt.Fprintf(s.out, "%s\n", event); err != nil {
			return fmt.Errorf("writing samples: %w", err)
		}
	}
	return nil
}

// sampled returns the IDs of the sources that there are samples of.
func sampled(table []source.Source) []string {
	var ids []string
	for _, s := range table {
		if s.Samples.Event != nil {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// ofSource returns the entry of the table that is called so, or the whole table for "".
func ofSource(table []source.Source, id string) ([]source.Source, error) {
	if id == "" {
		return table, nil
	}
	known := sampled(table)
	if !slices.Contains(known, id) {
		if meant := nearestSource(table, id); meant != "" {
			return nil, fmt.Errorf("--source: there is no such source; did you mean %s?", meant)
		}
		return nil, fmt.Errorf("--source: there is no such source; want one of %s", strings.Join(known, ", "))
	}
	return slices.DeleteFunc(slices.Clone(table), func(s source.Source) bool { return s.ID != id }), nil
}

// nearestSource returns the ID of the source that somebody probably meant: by its name at
// EventBridge, by its product, by a part of its ID, or by a slip; or "".
func nearestSource(table []source.Source, word string) string {
	known := sampled(table)
	for _, s := range table {
		if slices.Contains(known, s.ID) && (strings.EqualFold(s.Name, word) || strings.EqualFold(s.Product, word)) {
			return s.ID
		}
	}
	word = strings.ToLower(word)
	if meant := suggest.Word(word, known); meant != "" {
		return meant
	}
	isPart := func(id string) bool { return word != "" && strings.Contains(id, word) }
	if at := slices.IndexFunc(known, isPart); at >= 0 {
		return known[at]
	}
	return ""
}

// noSample says of a type that the sources asked for have no sample of which one was probably meant,
// and where it is.
func noSample(all []source.Source, from, findingType string) error {
	what := "no such finding type"
	if from != "" {
		what += " of " + from
	}
	if other := holder(all, findingType); other != "" {
		return fmt.Errorf("%s; it is one of %s", what, other)
	}
	meant, folded := "", map[string]string{}
	types := samplesOf(all).Types()
	for _, t := range types {
		folded[strings.ToLower(t)] = t
	}
	if near := suggest.Word(strings.ToLower(findingType), slices.Sorted(maps.Keys(folded))); near != "" {
		meant = folded[near]
	}
	switch other := holder(all, meant); {
	case meant == "":
		return fmt.Errorf("%s; tocsin samples --list shows all of them", what)
	case from != "" && other != from:
		return fmt.Errorf("%s; did you mean %s of %s?", what, meant, other)
	default:
		return fmt.Errorf("%s; did you mean %s?", what, meant)
	}
}

// holder returns the ID of the source that has a sample of a type, or "".
func holder(table []source.Source, findingType string) string {
	for _, s := range table {
		if s.Samples.Event != nil && slices.Contains(s.Samples.Types(), findingType) {
			return s.ID
		}
	}
	return ""
}

// samplesOf returns the samples of all sources of a table as those of one.
func samplesOf(table []source.Source) source.Samples {
	var types, showcase []string
	table = slices.DeleteFunc(slices.Clone(table), func(s source.Source) bool { return s.Samples.Event == nil })
	for _, s := range table {
		types = append(types, s.Samples.Types()...)
		showcase = append(showcase, s.Samples.Showcase()...)
	}
	slices.Sort(types)
	return source.Samples{
		Types:    func() []string { return types },
		Showcase: func() []string { return showcase },
		Event: func(findingType string, o source.SampleOptions) (json.RawMessage, error) {
			for _, s := range table {
				if event, err := s.Samples.Event(findingType, o); !errors.Is(err, source.ErrNoType) {
					return event, err
				}
			}
			return nil, source.ErrNoType
		},
	}
}
