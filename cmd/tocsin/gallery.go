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
	"github.com/tocsin-sec/tocsin/sinks"
)

// gallery renders the page of tocsin preview anew whenever its files have changed.
type gallery struct {
	args     []string
	settings settingFiles
	against  settingFiles // another configuration, which this one is held against
	live     bool
	sinks    []sinks.Type
	ledger   bool      // whether the live table's mutes count
	log      io.Writer // gets what goes wrong without harm
	// fixed is what standard input held, or the samples where no file is named.
	fixed []byte

	mu        sync.Mutex
	forOthers overlay
	mutes     []string // what MUTES was set to
	stamp     string   // of the files that pages were made of
	pages     []preview.File
	good      lastGood

	configuration error    // what is wrong with the configuration
	unreadable    []string // what is wrong with the events
}

// lastGood is what was last read without a mistake: it stays on the page while a file is broken.
type lastGood struct {
	now, before *app.App
	files       []string
	documents   map[string][]document // by their files
}

// newGallery reads what does not change. The error is a mistake in the command line.
func newGallery(s streams, args []string, flags previewFlags) (*gallery, error) {
	g := &gallery{
		args: args, settings: flags.files, against: flags.against, live: flags.out == "", sinks: sinks.Table(), forOthers: overlay{},
		mutes: []string{textOf(config.Environment(), "MUTES")}, good: lastGood{documents: map[string][]document{}},
		ledger: flags.ledger, log: troubleIn{s.err},
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
	stamp := stampOf(slices.Concat(files, g.settings.names(), g.against.names(), g.mutes), missing)
	if stamp == g.stamp {
		return g.pages, nil
	}
	book := preview.Book{From: g.from(), Live: g.live, Against: g.againstName()}
	g.unreadable = nil
	if missing != nil {
		g.unreadable = strings.Split(missing.Error(), "\n")
		if g.good.files != nil {
			files, book.IsOld = g.good.files, true
		}
	} else {
		g.good.files = files
	}
	book.Mistakes = g.configure(ctx)
	if len(book.Mistakes) > 0 {
		book.IsOld = g.good.now != nil
	}
	if g.good.now != nil {
		all, isOld := g.findings(ctx, files)
		book.Findings, book.IsOld = all, book.IsOld || isOld
		book.Warnings = g.good.now.Warnings(ctx)
	}
	book.Mistakes = append(book.Mistakes, g.unreadable...)
	book.IsOld = book.IsOld && len(book.Findings) > 0
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
	if against := g.againstName(); against != "" {
		from += " against " + against
	}
	return from
}

// againstName names the other configuration; it is empty where there is none.
func (g *gallery) againstName() string {
	var names []string
	for _, name := range g.against.names() {
		names = append(names, filepath.Base(name))
	}
	return strings.Join(names, " and ")
}

// configure loads the configurations, and returns what is wrong with them. The last good one stays
// in the place of one that is wrong.
func (g *gallery) configure(ctx context.Context) []string {
	var mistakes []string
	g.configuration, g.mutes = nil, nil
	read := func(files settingFiles, flag string, into **app.App) {
		handler, err := g.load(ctx, files)
		if err == nil {
			*into = handler
			return
		}
		if g.configuration == nil {
			g.configuration = configurationError(err)
		}
		for _, mistake := range app.Mistakes(err) {
			mistakes = append(mistakes, flag+mistake.Error())
		}
	}
	if g.againstName() != "" {
		read(g.against, "--against: ", &g.good.before)
	}
	read(g.settings, "", &g.good.now) // the last, so that its variables for others are those that stay
	return mistakes
}

// load builds the app from the environment with the files over it. Without SINKS it has every type of
// sink, at addresses that lead nowhere: nothing is sent.
func (g *gallery) load(ctx context.Context, files settingFiles) (*app.App, error) {
	settings, err := g.forOthers.over(files)
	if err != nil {
		return nil, err
	}
	g.mutes = append(g.mutes, textOf(settings, "MUTES"))
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
