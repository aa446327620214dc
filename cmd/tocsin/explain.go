package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/words"
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/formatter"
	findingjson "github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/delivery"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

func explainCommand(s streams) *cobra.Command {
	var asJSON, live bool
	var files settingFiles
	var texts []string
	command := &cobra.Command{
		Use:   "explain [FILE|DIRECTORY|-]...",
		Short: "Say for each finding and sink whether it would be sent, and why",
		Long: `Explain does all that send does but send: for each finding and sink it says whether the finding would be sent, and
why or why not: the threshold, the condition and the values that it saw, the mute with its end, the repeat.

It begins with nothing sent, so that the events are those of one run of send; with --ledger it begins with what the
live table of LEDGER_TABLE holds, which is only read. --json gives one line for each finding, as docs/routing.md says.

--finding makes a finding of words in place of a file: the names are those of conditions, tag.KEY and fact.NAME are a tag
and a fact, document.PATH and event.PATH values of the JSON. Quotes hold blanks together.

Exit code: 0 all was explained, 1 something was not readable, or the ledger was not, 2 usage.`,
		Example: `  tocsin explain event.json
  tocsin explain --config tocsin.yaml --finding 'account=444455556666 severity=8 type=UnauthorizedAccess:EC2/SSHBruteForce tag.Team=shop'
  tocsin samples --showcase | ONCALL_WHEN='level == "high"' SINKS=console,oncall=console tocsin explain
  LEDGER=dynamodb LEDGER_TABLE=tocsin-ledger tocsin explain --ledger event.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			findings, err := readWords(texts)
			if err != nil {
				return usageError{err}
			}
			handler, restore, err := loadDryRun(cmd.Context(), s, files, &app.DryRun{ReadLedger: live})
			if err != nil {
				return err
			}
			defer restore()
			show := explainToPeople
			if asJSON {
				show = explainInJSON
			}
			run := dryRun{handler, func(e explanation) { show(s.out, e) }}
			if len(texts) > 0 && len(args) == 0 {
				return runWords(cmd.Context(), s, findings, run)
			}
			files, err := sources(args)
			if err != nil {
				return usageError{err}
			}
			return errors.Join(runWords(cmd.Context(), s, findings, run), runDry(cmd.Context(), s, files, run))
		},
	}
	files.addTo(command)
	command.Flags().BoolVar(&asJSON, "json", false, "one line of JSON for each finding")
	command.Flags().StringArrayVar(&texts, "finding", nil, "a finding in words: account=444455556666 severity=8 tag.Team=shop; can be given again")
	command.Flags().BoolVar(&live, "ledger", false, "begin with what the live ledger holds, which is only read")
	return command
}

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
	// Nobody says that no sink takes it, by threshold or by condition.
	Nobody bool `json:"nobody,omitempty"`

	headline formatter.Headline
}

// loadDryRun builds an App over the files of settings that sends nothing. What goes wrong without
// harm is shown. restore is to be called after it was used.
func loadDryRun(
	ctx context.Context, s streams, files settingFiles, how *app.DryRun,
) (handler *app.App, restore func(), err error) {
	forOthers := overlay{}
	settings, err := forOthers.over(files)
	if err != nil {
		return nil, nil, usageError{err}
	}
	handler, err = app.Load(ctx, app.Options{
		Settings: settings, DefaultSinks: onLaptop, FlushesAtEnd: true, DryRun: how, Log: troubleIn{s.err},
	})
	if err != nil {
		forOthers.restore()
		return nil, nil, configurationError(err)
	}
	return handler, forOthers.restore, nil
}

// dryRun is an App that sends nothing, and what takes its explanations one after another.
type dryRun struct {
	*app.App
	show func(explanation)
}

// runDry explains every finding in the files.
func runDry(ctx context.Context, s streams, files []string, r dryRun) error {
	total := totals{err: s.err}
	noteTerminal(s, files)
	eachDocument(s.in, files, func(name string, document []byte, readErr error) {
		if readErr != nil {
			total.fail(name, readErr)
			return
		}
		ctx, cancel := context.WithTimeout(ctx, documentTime)
		defer cancel()
		report, err := r.Handle(ctx, document)
		if err != nil {
			total.fail(name, err)
			return
		}
		r.explain(&total, name, report)
	})
	if total.failed {
		return errFailed
	}
	return nil
}

// explain shows what became of each finding of a report.
func (r dryRun) explain(total *totals, name string, report report.Report) {
	for _, record := range report.Records {
		if record.Err != nil {
			total.fail(name, record.Err)
		}
		for _, f := range record.Findings {
			e := explanationOf(name, record.Message, f, report.Sinks)
			e.headline = formatter.New(notify.Notification{Findings: []finding.Finding{*f.Finding}}, r.Style()).Headline
			r.show(e)
		}
	}
	if n := report.LedgerUnavailable; n > 0 {
		total.fail(name, errors.New("the ledger could not be read; what is not known to be sent is sent"))
	}
}

// runWords explains the findings that the flags describe.
func runWords(ctx context.Context, s streams, findings []finding.Finding, r dryRun) error {
	total := totals{err: s.err}
	for i, f := range findings {
		ctx, cancel := context.WithTimeout(ctx, documentTime)
		r.explain(&total, fmt.Sprintf("--finding %d", i+1), r.HandleFindings(ctx, []finding.Finding{f}))
		cancel()
	}
	if total.failed {
		return errFailed
	}
	return nil
}

// readWords makes a finding of each text; see package words.
func readWords(texts []string) ([]finding.Finding, error) {
	var all []finding.Finding
	var mistakes []error
	reader := words.NewReader(events.Table())
	for i, text := range texts {
		f, err := reader.Read(text, fmt.Sprintf("finding-%d", i+1))
		for _, mistake := range app.Mistakes(err) {
			mistakes = append(mistakes, fmt.Errorf("--finding %d: %w", i+1, mistake))
		}
		all = append(all, f)
	}
	return all, errors.Join(mistakes...)
}

func explanationOf(document, record string, f report.Finding, sinks []string) explanation {
	x := f.Finding
	return explanation{
		Document: document, Record: record, Finding: x.Key(), Type: x.Type, Title: x.Title,
		Severity: x.Severity.String(), Level: x.Severity.Level().String(), Account: x.Account.String(), Region: x.Region,
		Sinks: f.Explain(sinks), Nobody: f.Nobody(),
	}
}

// explainInJSON writes an explanation as a line of JSON.
func explainInJSON(w io.Writer, e explanation) {
	text, err := json.Marshal(e)
	if err == nil { // texts and numbers only
		fmt.Fprintf(w, "%s\n", findingjson.Escape(text))
	}
}

// explainToPeople writes an explanation as a table for people.
func explainToPeople(w io.Writer, e explanation) {
	h := e.headline
	head := []string{strings.ToUpper(e.Level), e.Severity, h.Brackets() + h.Title, h.Target, h.Type, h.Account, h.Region, "(" + e.Document + ")"}
	if e.Severity == e.Level { // "unknown"
		head[1] = ""
	}
	if h.Title == h.Type { // of a finding without a title
		head[4] = ""
	}
	head = slices.DeleteFunc(head, func(text string) bool { return text == "" })
	fmt.Fprintln(w, plain(strings.Join(head, "  ")))
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, sink := range e.Sinks {
		fmt.Fprintf(columns, "  %s\t%s\t%s\n", sink.Sink, verb(sink.Outcome), plain(sink.Reason))
	}
	_ = columns.Flush() // to the terminal
	if e.Nobody {
		fmt.Fprintln(w, "  nobody hears of it: no sink takes this finding")
	}
}

// verb says whether a finding is sent, is sent later, or is held back, and by what.
func verb(outcome delivery.Outcome) string {
	if outcome == delivery.Delivered || outcome == delivery.Degraded {
		return "sent"
	}
	if outcome == delivery.Digested {
		return "later: digested"
	}
	return "held: " + string(outcome)
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
