package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	findingjson "github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

func explainCommand(s streams) *cobra.Command {
	var asJSON, live bool
	var envFile string
	command := &cobra.Command{
		Use:   "explain [FILE|DIRECTORY|-]...",
		Short: "Say for each finding and sink whether it would be sent, and why",
		Long: `Explain does all that send does but tell: for each finding and sink it says whether the finding would be sent, and
why or why not: the threshold, the condition and the values that it saw, the mute with its end, the repeat.

It begins with nothing told, so that the events are those of one run of send; with --ledger it begins with what the
live table of LEDGER_TABLE holds, which is only read. --json gives one line for each finding, as docs/routing.md says.

Exit code: 0 all was explained, 1 something was not readable, or the ledger was not, 2 usage.`,
		Example: `  tocsin explain event.json
  tocsin samples --showcase | ONCALL_WHEN='level == "high"' SINKS=console,oncall=console tocsin explain
  LEDGER=dynamodb LEDGER_TABLE=tocsin-ledger tocsin explain --ledger event.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, restore, err := overEnvironment(envFile)
			if err != nil {
				return err
			}
			defer restore()
			var show explained = table{s.out}
			if asJSON {
				show = lines{s.out}
			}
			options := app.Options{
				Settings: settings, DefaultSinks: onLaptop, FlushesAtEnd: true, Rehearsal: &app.Rehearsal{ReadLedger: live}, Log: troubleIn{s.err},
			}
			return explain(cmd.Context(), s, args, rehearsal{options, show})
		},
	}
	command.Flags().StringVar(&envFile, "env-file", "", envFileUsage)
	command.Flags().BoolVar(&asJSON, "json", false, "one line of JSON for each finding")
	command.Flags().BoolVar(&live, "ledger", false, "begin with what the live ledger holds, which is only read")
	return command
}

// rehearsal is a run of explain.
type rehearsal struct {
	options app.Options
	show    explained
}

// explained takes what became of the findings, one after another.
type explained interface{ add(explanation) }

// explanation is what becomes of one finding, and why; the JSON form is a promise.
type explanation struct {
	Document string               `json:"document"`
	Record   string               `json:"record,omitempty"`
	Finding  string               `json:"finding"`
	Type     string               `json:"type"`
	Title    string               `json:"title"`
	Severity string               `json:"severity"`
	Level    string               `json:"level"`
	Account  string               `json:"account"`
	Region   string               `json:"region"`
	Sinks    []report.Explanation `json:"sinks"`
}

func explain(ctx context.Context, s streams, args []string, r rehearsal) error {
	handler, err := app.Load(ctx, r.options)
	if err != nil {
		return configurationError(err)
	}
	files, err := sources(args)
	if err != nil {
		return usageError{err}
	}
	return rehearse(ctx, s, files, rehearsed{handler, r.show})
}

// rehearsed is an App that tells nobody, and what takes its explanations.
type rehearsed struct {
	*app.App
	show explained
}

// rehearse explains every finding in the files.
func rehearse(ctx context.Context, s streams, files []string, r rehearsed) error {
	failed := false
	unreadable := func(name string, err error) {
		failed = true
		fmt.Fprintf(s.err, "tocsin: %s: %v\n", name, err)
	}
	noteTerminal(s, files)
	eachDocument(s.in, files, func(name string, document []byte, readErr error) {
		if readErr != nil {
			unreadable(name, readErr)
			return
		}
		ctx, cancel := context.WithTimeout(ctx, documentTime)
		defer cancel()
		report, err := r.Handle(ctx, document)
		if err != nil {
			unreadable(name, err)
			return
		}
		for _, record := range report.Records {
			if record.Err != nil {
				unreadable(name, record.Err)
			}
			for _, f := range record.Findings {
				r.show.add(explanationOf(name, record.Message, f, report.Sinks))
			}
		}
		if n := report.LedgerUnavailable; n > 0 {
			unreadable(name, errors.New("the ledger could not be read; what is not known to be told is sent"))
		}
	})
	if failed {
		return errFailed
	}
	return nil
}

func explanationOf(document, record string, f report.Finding, sinks []string) explanation {
	x := f.Finding
	return explanation{
		Document: document, Record: record, Finding: x.Key(), Type: x.Type, Title: x.Title,
		Severity: x.Severity.String(), Level: x.Severity.Level().String(), Account: x.Account.String(), Region: x.Region,
		Sinks: f.Explain(sinks),
	}
}

// lines writes explanations as JSON lines.
type lines struct{ w io.Writer }

func (l lines) add(e explanation) {
	text, err := json.Marshal(e)
	if err == nil { // texts and numbers only
		fmt.Fprintf(l.w, "%s\n", findingjson.Escape(text))
	}
}

// table writes explanations for people.
type table struct{ w io.Writer }

func (t table) add(e explanation) {
	head := []string{strings.ToUpper(e.Level), e.Severity, e.Type, e.Account, e.Region, "(" + e.Document + ")"}
	if e.Severity == e.Level { // "unknown"
		head[1] = ""
	}
	fmt.Fprintln(t.w, plain(strings.Join(notEmpty(head), "  ")))
	columns := tabwriter.NewWriter(t.w, 0, 0, 2, ' ', 0)
	for _, sink := range e.Sinks {
		fmt.Fprintf(columns, "  %s\t%s\t%s\n", sink.Sink, verb(sink.Outcome), plain(sink.Reason))
	}
	_ = columns.Flush() // to the terminal
}

// verb says whether a finding is sent or held back, and by what.
func verb(outcome delivery.Outcome) string {
	switch outcome {
	case delivery.Delivered, delivery.Degraded:
		return "sent"
	default:
		return "held: " + string(outcome)
	}
}

func notEmpty(texts []string) []string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// plain takes out of a text whatever could act in a terminal or break its line.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

// troubleIn shows what the handler's log says of trouble, and nothing else.
type troubleIn struct{ w io.Writer }

// Write takes one line of the log.
func (t troubleIn) Write(line []byte) (int, error) {
	var entry struct{ Message, Reason, Mute, Until string }
	if json.Unmarshal(line, &entry) == nil {
		switch entry.Message {
		case "trouble":
			fmt.Fprintln(t.w, "tocsin:", plain(entry.Reason))
		case "mute expired":
			fmt.Fprintf(t.w, "tocsin: the mute %q ended at %s and does nothing any more\n", entry.Mute, entry.Until)
		}
	}
	return len(line), nil
}
