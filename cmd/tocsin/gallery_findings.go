package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
	"github.com/tocsin-sec/tocsin/pkg/router"
)

// document is one event, and where it stands.
type document struct {
	name string
	text []byte
}

// findings reads the documents in the files. Of a file that is broken it shows what it last held
// without a mistake, if it ever did: isOld says so.
func (g *gallery) findings(ctx context.Context, files []string) (all []preview.Finding, isOld bool) {
	var together []finding.Finding
	for _, file := range files {
		documents, mistakes := g.read(file)
		shown, more := g.shown(ctx, documents)
		if mistakes = append(mistakes, more...); len(mistakes) == 0 {
			g.good.documents[file] = documents
		} else if before, ok := g.good.documents[file]; ok {
			shown, _ = g.shown(ctx, before)
			isOld = true
		}
		for _, mistake := range mistakes {
			if !slices.Contains(g.unreadable, mistake) {
				g.unreadable = append(g.unreadable, mistake)
			}
		}
		for _, one := range shown {
			all, together = append(all, one.page), append(together, one.finding)
		}
	}
	if len(together) > 1 {
		all = append(all, showDigest(together, g.good.now))
	}
	words := g.good.now.PreviewWords(time.Now())
	if isOpen := func(f finding.Finding) bool { return !f.State.Over() }; slices.ContainsFunc(together, isOpen) {
		words = append(words, g.good.now.PreviewActs(&together[slices.IndexFunc(together, isOpen)], time.Now())...)
	}
	for _, word := range words {
		if len(word.Told) > 0 || len(g.args) == 0 {
			all = append(all, showWord(word, g.good.now.Style()))
		}
	}
	return all, isOld
}

// read returns the documents in a file, and what is wrong with it.
func (g *gallery) read(file string) (documents []document, mistakes []string) {
	eachDocument(bytes.NewReader(g.fixed), []string{file}, func(name string, text []byte, readErr error) {
		if readErr != nil {
			mistakes = append(mistakes, fmt.Sprintf("%s: %v", name, readErr))
			return
		}
		documents = append(documents, document{name, bytes.Clone(text)})
	})
	return documents, mistakes
}

// shownFinding is a finding, and how it is shown.
type shownFinding struct {
	finding finding.Finding
	page    preview.Finding
}

// shown returns the findings in the documents, and what is wrong with those that hold none.
func (g *gallery) shown(ctx context.Context, documents []document) (all []shownFinding, mistakes []string) {
	for _, d := range documents {
		previews, err := g.good.now.Preview(ctx, d.text)
		if err != nil {
			mistakes = append(mistakes, fmt.Sprintf("%s: %v", d.name, err))
		}
		var before []pipeline.Preview
		if g.good.before != nil {
			before, _ = g.good.before.Preview(ctx, d.text) // what is wrong with it is said above
		}
		from := d.name
		if len(g.args) == 0 {
			from = "" // all are samples
		}
		for i, p := range previews {
			if p.Err != nil {
				mistakes = append(mistakes, fmt.Sprintf("%s: %v", d.name, p.Err))
				continue
			}
			page := show(from, p, g.good.now.Style())
			if i < len(before) {
				compare(&page, p, before[i])
			}
			all = append(all, shownFinding{p.Finding, page})
		}
	}
	return all, mistakes
}

// compare notes on the page what the other configuration makes of a finding, where that differs. A sink that
// only one of them has counts for what it is sent.
func compare(page *preview.Finding, now, before pipeline.Preview) {
	for i, sink := range now.Sinks {
		if sink.Decision.Verdict == router.Send {
			page.Messages[i].Was = "no such sink"
		}
		for _, other := range before.Sinks {
			if other.Name == sink.Name {
				page.Messages[i].Was = otherwise(page.IsEnd, sink, other)
			}
		}
	}
	for _, other := range before.Sinks {
		if !slices.ContainsFunc(now.Sinks, func(sink pipeline.SinkPreview) bool { return sink.Name == other.Name }) {
			gone := preview.Gone{Name: other.Name}
			if other.Decision.Verdict == router.Send {
				gone.Was = short(page.IsEnd, other.Decision)
			}
			page.Gone = append(page.Gone, gone)
		}
	}
}

// otherwise returns what the other configuration makes of a finding at a sink; it is empty where
// that is the same. What holds a finding back may be another rule and counts as the same outcome.
func otherwise(isEnd bool, now, before pipeline.SinkPreview) string {
	switch {
	case now.Decision.Verdict != before.Decision.Verdict:
		return short(isEnd, before.Decision)
	case now.Decision.Verdict == router.Send && !bytes.Equal(now.Message.Body, before.Message.Body):
		return "sent, with another text"
	default:
		return ""
	}
}
