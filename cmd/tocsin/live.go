package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/deployed"
	findingjson "github.com/tocsin-sec/tocsin/formatter/json"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/queueurl"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// lookTime bounds each look at something live. All are under way at once.
const lookTime = 10 * time.Second

// live says what of a deployment is looked at, and how that is told.
type live struct {
	isOn, asJSON    bool
	stack, queueURL string
}

// addTo adds the flags to a command.
func (l *live) addTo(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&l.isOn, "live", false, "look at secrets, destinations and the deployment as well; nothing is sent")
	flags.StringVar(&l.stack, "stack", "", "with --live: the CloudFormation stack of the deployment")
	flags.StringVar(&l.queueURL, "queue-url", "", "with --live: the queue that findings wait in, where there is no stack")
	flags.BoolVar(&l.asJSON, "json", false, "with --live: one line of JSON for each thing that was looked at, and nothing else")
}

// mistake returns what is wrong with the flags together.
func (l *live) mistake(files []string) error {
	switch {
	case !l.isOn && (l.stack != "" || l.queueURL != "" || l.asJSON):
		return errors.New("--stack, --queue-url and --json are about what --live looks at; give that too")
	case l.stack != "" && l.queueURL != "":
		return errors.New("--stack knows the queue of the stack; leave out --queue-url")
	case l.queueURL != "" && !isQueue(l.queueURL):
		return errors.New("--queue-url: is not the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/findings")
	case l.isOn && len(files) > 0:
		return errors.New("--live looks at the deployment, and not at events; leave out their files, or --live")
	}
	return nil
}

// isQueue reports whether a text is the URL of a queue.
func isQueue(text string) bool {
	_, err := queueurl.Parse(text)
	return err == nil
}

// look is a look at one part of what is live.
type look struct {
	// where is what the part is called: "sink oncall".
	where string
	at    func(context.Context) []notify.Check
}

// liveCheck is something that was looked at; the JSON form is a promise.
type liveCheck struct {
	Where string       `json:"where"`
	What  string       `json:"what"`
	State notify.State `json:"state"`
	Says  string       `json:"says"`
}

// checkLive looks at everything that the configuration names, and at the stack, side by side. It fails
// where there is a fault, or where something could not be looked at.
func checkLive(ctx context.Context, s streams, files settingFiles, l live) error {
	forOthers := overlay{}
	settings, err := forOthers.over(files)
	if err != nil {
		return usageError{err}
	}
	defer forOthers.restore()
	settings, looks := l.ofStack(ctx, settings)
	options := app.Options{Settings: settings, DefaultSinks: onLaptop, DryRun: &app.DryRun{Single: true}, Log: troubleIn{s.err}}
	handler, err := app.Load(ctx, options)
	if err != nil {
		return configurationError(err)
	}
	references, err := app.References(ctx, options)
	if err != nil {
		return configurationError(err)
	}
	if !l.asJSON {
		effective, err := handler.Effective(ctx)
		if err != nil {
			return configurationError(err)
		}
		printEffective(s.out, effective)
	}
	all := append(append(looksAtSecrets(references), looksAtSinks(handler)...), looksAtAccount(handler, l)...)
	checks := lookAll(ctx, append(all, looks...))
	if l.asJSON {
		liveInJSON(s.out, checks)
	} else {
		liveToPeople(s.out, checks)
	}
	return liveVerdict(checks)
}

// ofStack returns the settings over those of the stack's function, and the looks at the stack.
func (l live) ofStack(ctx context.Context, settings config.Source) (config.Source, []look) {
	if l.stack == "" {
		return settings, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var looks []look
	stack, err := deployed.ReadStack(ctx, l.stack)
	for _, at := range stack.Looks(err) {
		looks = append(looks, look{"stack", at})
	}
	variables, err := stack.Variables(ctx)
	if err != nil {
		looks = append(looks, look{"stack", func(context.Context) []notify.Check {
			return []notify.Check{{What: "variables", State: notify.Unknown, Says: "what is said of sinks is not about the stack's: " + err.Error()}}
		}})
	}
	return config.Filled(settings, config.Texts(variables)), looks
}

// looksAtSecrets returns the looks at what the settings refer to.
func looksAtSecrets(references []app.Reference) (all []look) {
	for _, r := range references {
		all = append(all, look{"secret", func(ctx context.Context) []notify.Check {
			check := notify.Check{What: r.Variable, Says: "it can be read: " + reference(r.Place)}
			if _, err := r.Secret.Value(ctx); err != nil {
				check.State, check.Says = notify.Fault, reference(r.Place)+": "+err.Error()
				if secret.IsUnread(err) {
					check.State = notify.Unknown
				}
			}
			return []notify.Check{check}
		}})
	}
	return all
}

// looksAtSinks returns the looks at the destinations.
func looksAtSinks(handler *app.App) (all []look) {
	for _, d := range handler.Destinations() {
		all = append(all, look{"sink " + d.Name, func(ctx context.Context) []notify.Check {
			if prober, ok := d.Sink.(notify.Prober); ok {
				return prober.Probe(ctx)
			}
			return []notify.Check{{
				What: d.Type, State: notify.Warning, Says: "this type of sink cannot be asked; only a message shows whether it is taken: tocsin send",
			}}
		}})
	}
	return all
}

// looksAtAccount returns the looks at what the variables name beside the sinks, where no stack knows it.
func looksAtAccount(handler *app.App, l live) (all []look) {
	add := func(where, name string, at func(context.Context, string) []notify.Check) {
		if name != "" {
			all = append(all, look{where, func(ctx context.Context) []notify.Check { return at(ctx, name) }})
		}
	}
	if l.stack != "" {
		return nil
	}
	add("ledger", handler.LedgerTable(), deployed.Table)
	add("dead letters", handler.DeadLetterQueueURL(), deployed.DeadLetters)
	add("queue", l.queueURL, deployed.Queue)
	return all
}

// lookAll looks at everything at once, and returns the checks in the order of the looks.
func lookAll(ctx context.Context, looks []look) []liveCheck {
	found := make([][]notify.Check, len(looks))
	var looking sync.WaitGroup
	for i, one := range looks {
		looking.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, lookTime)
			defer cancel()
			found[i] = one.at(ctx)
		})
	}
	looking.Wait()
	var all []liveCheck
	for i, checks := range found {
		for _, check := range checks {
			all = append(all, liveCheck{looks[i].where, check.What, check.State, plain(check.Says)})
		}
	}
	return all
}

// liveVerdict is an error where something is wrong, or not known.
func liveVerdict(checks []liveCheck) error {
	for _, check := range checks {
		if check.State == notify.Fault || check.State == notify.Unknown {
			return errFailed
		}
	}
	return nil
}

// liveInJSON writes a line of JSON for each check.
func liveInJSON(w io.Writer, checks []liveCheck) {
	for _, check := range checks {
		if text, err := json.Marshal(check); err == nil { // texts only
			fmt.Fprintf(w, "%s\n", findingjson.Escape(text))
		}
	}
}

// liveToPeople writes a table.
func liveToPeople(w io.Writer, checks []liveCheck) {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	counts := map[notify.State]int{}
	for _, check := range checks {
		counts[check.State]++
		fmt.Fprintf(columns, "  %s\t%s\t%s\t%s\n", check.Where, plain(check.What), check.State, check.Says)
	}
	_ = columns.Flush() // to the terminal
	fmt.Fprintf(w, "%d looked at: %d ok, %s, %s, %d not known\n", len(checks), counts[notify.OK],
		counted(counts[notify.Warning], "warning"), counted(counts[notify.Fault], "fault"), counts[notify.Unknown])
}
