package formatter

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// New builds the message for a notification. It never fails: what is not stated is left out.
func New(n notify.Notification, style Style) Message {
	b := &builder{style: style, language: style.language}
	if b.language == nil { // the zero style
		b.language = newLanguage(english, nil)
	}
	if isSeveral(n) {
		n.Findings = accountsNamed(n.Findings)
	}
	var m Message
	switch {
	case isWord(n):
		m = b.says(n)
	case n.Kind == notify.KindHeartbeat:
		m = Message{Headline: b.headlineOf(n), Description: b.word("heartbeat.text")}
	case isSeveral(n):
		m = b.several(n)
	default:
		m = b.one(n, first(n.Findings))
	}
	m.Kind, m.Lang, m.Minimal = n.Kind, b.code, n.Minimal
	m.Mentions, m.Changes, m.IsOver = style.mentions.due(n), b.changes(n), isOver(n)
	m.Acts, m.Taken = b.acts(n), b.taken(n.Taken)
	m.English = m.Headline
	if b.fallback != nil {
		b.language = b.fallback
		m.English = b.headlineOf(n)
	}
	return m
}

// isSeveral reports whether a message counts findings, and does not show one.
func isSeveral(n notify.Notification) bool {
	return len(n.Findings) > 1 || n.Kind == notify.KindDigest || n.Kind == notify.KindNotice && !isEscalated(n)
}

// isWord reports whether a notification says nothing but its word: what somebody did carries a finding that is
// no more than a name.
func isWord(n notify.Notification) bool {
	return n.Word.IsSaid() && (len(n.Findings) == 0 || n.Kind == notify.KindAction)
}

// escalated is the word that nobody has taken a finding on. It is shown as the finding itself is.
const escalated = "escalated"

func isEscalated(n notify.Notification) bool {
	return n.Kind == notify.KindNotice && n.Word.Name == escalated && len(n.Findings) == 1
}

// isOver reports whether nothing that a notification holds calls for work.
func isOver(n notify.Notification) bool {
	isOpen := func(f finding.Finding) bool { return !f.State.Over() }
	return n.Kind == notify.KindResolved || n.Word.IsOver || len(n.Findings) > 0 && !slices.ContainsFunc(n.Findings, isOpen)
}

// first returns the first finding, or one of which nothing is known.
func first(findings []finding.Finding) *finding.Finding {
	if len(findings) == 0 {
		return &finding.Finding{}
	}
	return &findings[0]
}

// headlineOf returns the headline of the message for a notification.
func (b *builder) headlineOf(n notify.Notification) Headline {
	if isWord(n) {
		h := b.wordHeadline(n.Word)
		h.About = b.named(n.Findings)
		return h
	}
	if n.Kind == notify.KindHeartbeat {
		return Headline{Title: b.word("heartbeat")}
	}
	if isSeveral(n) {
		return b.severalHeadline(n)
	}
	h := b.headline(first(n.Findings))
	isSaid := n.Kind == notify.KindResolved && first(n.Findings).State.Over() // the state is the mark
	mark := b.word("mark." + n.Kind.String())
	if isEscalated(n) {
		mark = b.word("mark.escalated")
	}
	if mark != "" && !isSaid {
		h.Marks = append([]string{mark}, h.Marks...)
	}
	return h
}

// builder makes the texts of one message.
type builder struct {
	style Style
	*language
	event decodedEvent
	// isMarking says that the texts are those of a fact, which knows what its parts are.
	isMarking bool
}

// one makes the message for a single finding.
func (b *builder) one(n notify.Notification, f *finding.Finding) Message {
	m := Message{
		Headline: b.headlineOf(n), Summary: summary(f), Description: cutRunes(said(f, f.Description), maxDescription),
		Facts: b.facts(f), Links: b.links(f),
	}
	if said := strings.TrimSuffix(m.Summary, "."); said == m.Title || said == m.Type || strings.HasPrefix(m.Description, m.Summary) {
		m.Summary = ""
	}
	if text := b.style.body.run(b, f); text != "" {
		m.Summary, m.Description = "", cutRunes(text, maxDescription)
	}
	return m
}

// said returns a text of the source, in which the finding's type is no address.
func said(f *finding.Finding, text string) string {
	text = clean(text)
	if strings.Contains(text, "[.]") && f.About.IsWord {
		return strings.ReplaceAll(text, clean(f.Type), f.Type)
	}
	return text
}

// summary returns the source's title without its mark for samples: the message has one already.
func summary(f *finding.Finding) string {
	title := cutRunes(said(f, f.Title), maxSummary)
	const mark = "[SAMPLE]"
	if f.Sample && len(title) > len(mark) && strings.EqualFold(title[:len(mark)], mark) {
		return strings.TrimSpace(title[len(mark):])
	}
	return title
}

func (b *builder) headline(f *finding.Finding) Headline {
	h := Headline{
		Level: f.Severity.Level(), LevelName: b.level(f.Severity), Severity: f.Severity.String(),
		Title: b.title(f), Target: cmp.Or(b.target(f), who(f)), Place: b.place(f),
		Source: source(f), Type: cutRunes(findingType(f), maxSummary),
		Account: account(f), Region: fact(f.Region), AccountName: accountName(f.Account),
	}
	if h.Target == h.Title { // as the name of an alarm
		h.Target = ""
	}
	h.About = aboutOf(f)
	if f.Severity.Known() {
		h.About = joined(", ", h.About, b.say("severity", h.Severity))
	}
	if text := b.style.title.run(b, f); text != "" {
		h.Title, h.Target, h.Place, h.IsOwn = cutRunes(strings.ReplaceAll(text, "\n", " "), maxTitle+maxTarget), "", "", true
	}
	if f.Sample {
		h.Marks = append(h.Marks, b.word("mark.sample"))
	}
	if f.State.Over() {
		h.Marks = append(h.Marks, b.word("mark."+f.State.String()))
	}
	return h
}

// title says what happened: in our words for the finding's type, else in those of the source.
func (b *builder) title(f *finding.Finding) string {
	text := b.what(f)
	if text == "" {
		text = cmp.Or(strings.TrimSuffix(summary(f), "."), findingType(f), product(f), b.word("finding"))
	}
	return cutRunes(text, maxTitle)
}

// place returns "prod / ap-northeast-1", or what is known of it.
func (b *builder) place(f *finding.Finding) string {
	return joined(" / ", cutRunes(accountName(f.Account), maxTarget/2), cutRunes(clean(f.Region), maxTarget/2))
}

// accountName returns the account's name alone where there is one: "prod" of "prod (111122223333)".
func accountName(a finding.Account) string { return fact(cmp.Or(a.Name, a.ID)) }

// fact returns a value that is not too long.
func fact(text string) string { return cutRunes(clean(text), maxFact) }

// changes puts what has changed into words: that a finding is over goes first.
func (b *builder) changes(n notify.Notification) []string {
	var changes []string
	if isEscalated(n) {
		changes = append(changes, b.filled(b.word("word."+escalated), n.Word))
	}
	isEnd := n.Kind == notify.KindResolved
	if isEnd {
		changes = append(changes, b.ending(first(n.Findings)))
	}
	for _, c := range n.Changes {
		if text := b.change(c, isEnd); text != "" {
			changes = append(changes, text)
		}
	}
	return changes
}

// ending returns "This finding is over: closed, since 2026-03-16 08:25:05 UTC".
func (b *builder) ending(f *finding.Finding) string {
	return joined(": ", b.word("resolved"), joined(", ", b.state(f.State), b.say("since", b.time(f.Updated))))
}

// change returns "severity MEDIUM 5.0 -> HIGH 8.0". At the end of a finding its severity is no news:
// it is said what it was, and the state stands above.
func (b *builder) change(c notify.Change, isEnd bool) string {
	from, to := fact(c.From), fact(c.To)
	switch c.What {
	case "new user":
		if c.To == hiddenName {
			return ""
		}
	case "severity":
		from, to = b.severityOf(c.From), b.severityOf(c.To)
		if isEnd {
			return b.say("change.severity.was", from)
		}
	case "state":
		if isEnd {
			return ""
		}
		from, to = cmp.Or(b.word("state."+c.From), from), cmp.Or(b.word("state."+c.To), to)
	}
	text := joined(" -> ", from, to)
	if to == "" && from != "" {
		text = b.say("gone", from)
	}
	return joined(" ", cmp.Or(b.word("change."+c.What), fact(c.What)), text)
}

// severity returns "HIGH 8.0", or the level alone where there is no number.
func (b *builder) severity(s finding.Severity) string {
	if !s.Known() {
		return b.level(s)
	}
	return b.level(s) + " " + s.String()
}

// severityOf returns "HIGH 8.0" for "8.0", and a text that states no severity as it is.
func (b *builder) severityOf(text string) string {
	severity, _ := finding.ParseSeverity(text)
	if severity == 0 {
		return fact(text)
	}
	return b.severity(severity)
}
