package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/sinks"
)

// gallery renders the page of tocsin preview anew whenever its files have changed.
type gallery struct {
	args     []string
	settings settingFiles
	live     bool
	sinks    []sinks.Type
	ledger   bool      // whether the live table's mutes count
	log      io.Writer // gets what goes wrong without harm
	// fixed is what standard input held, or the samples where no file is named.
	fixed []byte

	mu        sync.Mutex
	forOthers overlay
	mutes     string // what MUTES was set to
	stamp     string // of the files that pages were made of
	pages     []preview.File

	configuration error    // what is wrong with the configuration
	unreadable    []string // what is wrong with the events
}

// newGallery reads what does not change. The error is a mistake in the command line.
func newGallery(s streams, args []string, flags previewFlags) (*gallery, error) {
	g := &gallery{
		args: args, settings: flags.files, live: flags.out == "", sinks: sinks.Table(), forOthers: overlay{},
		mutes: textOf(config.Environment(), "MUTES"), ledger: flags.ledger, log: troubleIn{s.err},
	}
	if len(args) == 0 {
		var err error
		g.fixed, err = showcase()
		return g, err
	}
	files, err := sources(args)
	if err != nil {
		return nil, usageError{err}
	}
	if slices.Contains(files, standardInput) {
		if g.fixed, err = io.ReadAll(s.in); err != nil {
			return nil, fmt.Errorf("standard input cannot be read: %w", err)
		}
	}
	return g, nil
}

// showcase returns a handful of telling samples, one on each line.
func showcase() ([]byte, error) {
	var all bytes.Buffer
	samples := samplesOf(events.Table())
	for _, t := range samples.Showcase() {
		event, err := samples.Event(t, source.SampleOptions{Time: time.Now().UTC()})
		if err != nil {
			return nil, err
		}
		all.Write(append(event, '\n'))
	}
	return all.Bytes(), nil
}

// render returns the page for the files as they are now.
func (g *gallery) render(ctx context.Context) ([]preview.File, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	args := g.args
	if len(args) == 0 {
		args = []string{standardInput}
	}
	files, missing := sources(args)
	stamp := stampOf(slices.Concat(files, g.settings.names(), []string{g.mutes}), missing)
	if stamp == g.stamp {
		return g.pages, nil
	}
	book := preview.Book{From: g.from(), Live: g.live}
	g.configuration, g.unreadable = nil, nil
	if missing != nil {
		g.unreadable = strings.Split(missing.Error(), "\n")
	}
	handler, err := g.load(ctx)
	if err != nil {
		g.configuration = configurationError(err)
		for _, mistake := range app.Mistakes(err) {
			book.Mistakes = append(book.Mistakes, mistake.Error())
		}
	} else {
		book.Findings = g.findings(ctx, handler, files)
	}
	book.Mistakes = append(book.Mistakes, g.unreadable...)
	pages, err := preview.Render(book)
	if err != nil {
		return nil, err
	}
	g.stamp, g.pages = stamp, pages
	return pages, nil
}

// stampOf is another text whenever one of the files has been written.
func stampOf(files []string, missing error) string {
	stamp := fmt.Sprintln(missing)
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			stamp += fmt.Sprintln(file, info.Size(), info.ModTime().UnixNano())
		}
	}
	return stamp
}

// from names what is shown, short enough for the top of the page.
func (g *gallery) from() string {
	var names []string
	for _, arg := range g.args {
		if arg == standardInput {
			arg = "standard input"
		}
		names = append(names, filepath.Base(arg))
	}
	from := cmp.Or(strings.Join(names, ", "), "Sample findings")
	for i, name := range g.settings.names() {
		from += []string{" with ", " and "}[i] + filepath.Base(name)
	}
	return from
}

// load builds the app from the environment with the environment file over it. Without SINKS it has
// every type of sink, at addresses that lead nowhere: nothing is sent.
func (g *gallery) load(ctx context.Context) (*app.App, error) {
	settings, err := g.forOthers.over(g.settings)
	if err != nil {
		return nil, err
	}
	g.mutes = textOf(settings, "MUTES")
	if strings.TrimSpace(textOf(settings, "SINKS")+textOf(settings, config.FileVariable)) == "" {
		placeholders := map[string]string{}
		isSet := func(variable string) bool { return textOf(settings, variable) != "" }
		for _, kind := range g.sinks {
			maps.Copy(placeholders, kind.Missing(kind.Name, isSet))
		}
		settings = config.Over(config.Texts(placeholders), settings)
	}
	var names []string
	for _, kind := range g.sinks {
		names = append(names, kind.Name)
	}
	return app.Load(ctx, app.Options{
		Settings: settings, Sinks: g.sinks, DefaultSinks: strings.Join(names, ","), DryRun: &app.DryRun{ReadLedger: g.ledger}, Log: g.log,
	})
}

// textOf returns the text of a setting; one that is set to nothing counts as not set.
func textOf(settings config.Source, name string) string {
	value, _ := settings.Lookup(name)
	return value.Text
}

// findings reads the documents in the files.
func (g *gallery) findings(ctx context.Context, handler *app.App, files []string) []preview.Finding {
	var all []preview.Finding
	var together []finding.Finding
	note := func(name string, err error) {
		g.unreadable = append(g.unreadable, fmt.Sprintf("%s: %v", name, err))
	}
	eachDocument(bytes.NewReader(g.fixed), files, func(name string, document []byte, readErr error) {
		if len(g.args) == 0 {
			name = "" // all are samples
		}
		if readErr != nil {
			note(name, readErr)
			return
		}
		shown, err := handler.Preview(ctx, document)
		if err != nil {
			note(name, err)
		}
		for _, p := range shown {
			if p.Err != nil {
				note(name, p.Err)
				continue
			}
			all = append(all, show(name, p, handler.Style()))
			together = append(together, p.Finding)
		}
	})
	if len(together) > 1 {
		all = append(all, showDigest(together, handler))
	}
	return all
}
