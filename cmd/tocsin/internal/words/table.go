package words

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/suggest"
)

// setter puts a value into a finding; its error says what is wanted.
type setter func(b *builder, value string) error

// text returns the setter of a text, which is never wrong.
func text(field func(f *finding.Finding) *string) setter {
	return func(b *builder, value string) error {
		*field(&b.finding) = value
		return nil
	}
}

// names returns the setters by the names of conditions, and the short ones of the recipes.
func names() map[string]setter {
	all := matterNames()
	maps.Copy(all, map[string]setter{
		"severity": setSeverity, "level": setSeverity, "source": setSource, "road": setRoad, "product": setProduct,
		"key":                setKey,
		"id":                 text(func(f *finding.Finding) *string { return &f.ID }),
		"type":               text(func(f *finding.Finding) *string { return &f.Type }),
		"title":              text(func(f *finding.Finding) *string { return &f.Title }),
		"account":            setAccount,
		"account_name":       text(func(f *finding.Finding) *string { return &f.Account.Name }),
		"region":             setRegion,
		"resource.type":      text(func(f *finding.Finding) *string { return &f.Resource.Type }),
		"resource.id":        text(func(f *finding.Finding) *string { return &f.Resource.ID }),
		"resource.name":      text(func(f *finding.Finding) *string { return &f.Resource.Name }),
		"resource.arn":       text(func(f *finding.Finding) *string { return &f.Resource.ARN }),
		"resource.account":   setOwner,
		"actor.ip":           setIP,
		"actor.country":      text(func(f *finding.Finding) *string { return &f.Actor.Remote.Country }),
		"actor.country_code": text(func(f *finding.Finding) *string { return &f.Actor.Remote.CountryCode }),
		"actor.organization": text(func(f *finding.Finding) *string { return &f.Actor.Remote.Organization }),
		"actor.user":         text(func(f *finding.Finding) *string { return &f.Actor.User.Name }),
		"action.kind":        text(func(f *finding.Finding) *string { return &f.Action.Kind }),
		"user":               setUserType,
		"count":              setCount,
		"sample":             truth(func(b *builder, is bool) { b.finding.Sample = is }),
		"archived":           truth(func(b *builder, is bool) { b.finding.State = stateIf(is) }),
		"status":             setStatus,
		"first_seen":         moment(func(f *finding.Finding) *time.Time { return &f.FirstSeen }),
		"last_seen":          moment(func(f *finding.Finding) *time.Time { return &f.LastSeen }),
	})
	for short, long := range map[string]string{"resource": "resource.type", "ip": "actor.ip", "country": "actor.country"} {
		all[short] = all[long]
	}
	return all
}

// matterNames returns the setters of what a finding is about.
func matterNames() map[string]setter {
	return map[string]setter{
		"cve":        text(func(f *finding.Finding) *string { return &f.Vulnerability.ID }),
		"score":      number(10, func(f *finding.Finding) *float64 { return &f.Vulnerability.Score }),
		"epss":       number(1, func(f *finding.Finding) *float64 { return &f.Vulnerability.EPSS }),
		"fixable":    truth(func(b *builder, is bool) { b.finding.Vulnerability.Fix = answer(is) }),
		"exploit":    truth(func(b *builder, is bool) { b.finding.Vulnerability.Exploit = answer(is) }),
		"control":    text(func(f *finding.Finding) *string { return &f.Check.Control }),
		"compliance": text(func(f *finding.Finding) *string { return &f.Check.Result }),
		"standard":   setStandards,
		"standards":  setStandards,
	}
}

// flags returns the words that need no value.
func flags() []string { return []string{"sample", "archived", "fixable", "exploit"} }

// take puts one word into the finding.
func (b *builder) take(name, value string, isPair bool) error {
	if isPair && strings.HasPrefix(value, "=") {
		return errors.New("one = stands between name and value")
	}
	if group, rest, found := strings.Cut(name, "."); found && rest != "" && isPair {
		switch group {
		case "tag":
			b.finding.Resource.Tags = append(b.finding.Resource.Tags, finding.Tag{Key: rest, Value: value})
			return nil
		case "fact", "facts":
			b.finding.Facts = b.finding.Facts.With(rest, value)
			return nil
		case "document":
			b.document = append(b.document, step{rest, valueOf(value)})
			return nil
		case "event":
			b.event = append(b.event, step{rest, valueOf(value)})
			return nil
		}
	}
	set, exists := names()[name]
	switch {
	case !exists:
		return unknown(name)
	case !isPair && !slices.Contains(flags(), name):
		return errors.New("has no value; write " + name + "=value, in quotes where it holds blanks")
	}
	return set(b, value)
}

// unknown says what was probably meant.
func unknown(name string) error {
	if strings.HasPrefix(name, "resource.tags") || name == "tags" || name == "tag" {
		return errors.New("a tag is written tag.Team=shop")
	}
	if name == "facts" || name == "fact" {
		return errors.New("a fact is written fact.category=issue")
	}
	known := slices.Sorted(maps.Keys(names()))
	if meant := suggest.Word(strings.ToLower(name), known); meant != "" {
		return fmt.Errorf("there is no such name; did you mean %s?", meant)
	}
	return fmt.Errorf("there is no such name; there are: %s, tag.KEY, fact.NAME, document.PATH, event.PATH", strings.Join(known, ", "))
}

func setSeverity(b *builder, value string) error {
	levels := map[string]finding.Severity{"low": 2, "medium": 5, "high": 8, "critical": 9, "odd": 0}
	severity, isLevel := levels[value]
	if !isLevel {
		var err error
		if severity, err = finding.ParseSeverity(value); err != nil {
			return errors.New("want 1 to 10, low, medium, high, critical, unstated, untriaged or unknown")
		}
	}
	b.finding.Severity = severity
	return nil
}

func setSource(b *builder, value string) error {
	var known []string
	for _, s := range b.table {
		if s.Name != "" {
			known = append(known, s.Name)
		}
	}
	if meant := suggest.Slip(value, known); meant != "" && !slices.Contains(known, value) {
		return fmt.Errorf("there is no such source; did you mean %s?", meant)
	}
	b.finding.Source, b.isNamed = value, true
	return nil
}

// setKey takes a key apart, as the log has it.
func setKey(b *builder, value string) error {
	const parts = 4
	part := strings.SplitN(value, "/", parts)
	if len(part) < parts {
		return errors.New("want source/account/region/id, as the log names a finding")
	}
	b.finding.Account.ID, b.finding.Region, b.finding.ID = part[1], part[2], part[3]
	return setSource(b, part[0])
}

func setRoad(b *builder, value string) error {
	var known []string
	for _, s := range b.table {
		known = append(known, s.ID)
	}
	at := slices.Index(known, value)
	if at < 0 {
		if meant := suggest.Word(value, known); meant != "" {
			return fmt.Errorf("there is no such source; did you mean %s?", meant)
		}
		return fmt.Errorf("there is no such source; there are: %s", strings.Join(known, ", "))
	}
	if !b.isNamed {
		b.finding.Source = cmp.Or(b.table[at].Name, "custom")
	}
	b.finding.Road, b.isNamed = value, true
	return nil
}

// setProduct reads a product, in which _ can stand for a blank: none has one in its name.
func setProduct(b *builder, value string) error {
	b.product = strings.ReplaceAll(value, "_", " ")
	return nil
}

func setAccount(b *builder, value string) error {
	b.finding.Account.ID = value
	return source.SampleOptions{Account: value}.Check()
}

func setOwner(b *builder, value string) error {
	b.finding.Resource.Attributes = b.finding.Resource.Attributes.With(finding.AttrAccount, value)
	return source.SampleOptions{Account: value}.Check()
}

func setRegion(b *builder, value string) error {
	b.finding.Region = value
	if value == "" || value == "global" {
		return nil
	}
	return source.SampleOptions{Region: value}.Check()
}

func setIP(b *builder, value string) error {
	if _, err := netip.ParseAddr(value); err != nil {
		return errors.New("want an address such as 198.51.100.7 or 2001:db8::1")
	}
	b.finding.Actor.Remote.IP = value
	return nil
}

// setUserType reads what sort of user it was, which conditions find in the document.
func setUserType(b *builder, value string) error {
	b.finding.Actor.User.Type = value
	b.document = append(b.document, step{"resource.accessKeyDetails.userType", value})
	return nil
}

func setCount(b *builder, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return errors.New("want a whole number such as 3")
	}
	b.finding.Count = n
	return nil
}

func setStatus(b *builder, value string) error {
	var known []string
	for state := finding.Open; state <= finding.OK; state++ {
		if state.String() == value {
			b.finding.State = state
			return nil
		}
		known = append(known, state.String())
	}
	return fmt.Errorf("want one of %s", strings.Join(known, ", "))
}

func setStandards(b *builder, value string) error {
	for one := range strings.SplitSeq(value, ",") {
		b.finding.Check.Standards = append(b.finding.Check.Standards, strings.TrimSpace(one))
	}
	return nil
}

// truth returns the setter of what is true or false.
func truth(set func(b *builder, is bool)) setter {
	return func(b *builder, value string) error {
		if value != "true" && value != "false" {
			return errors.New("want true or false")
		}
		set(b, value == "true")
		return nil
	}
}

func answer(is bool) finding.Answer {
	if is {
		return finding.Yes
	}
	return finding.No
}

func stateIf(archived bool) finding.State {
	if archived {
		return finding.Archived
	}
	return finding.Open
}

// number returns the setter of a number from 0 to most.
func number(most float64, field func(f *finding.Finding) *float64) setter {
	return func(b *builder, value string) error {
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || !(n >= 0 && n <= most) {
			return fmt.Errorf("want a number from 0 to %v", most)
		}
		*field(&b.finding) = n
		return nil
	}
}

// moment returns the setter of a day or a time.
func moment(field func(f *finding.Finding) *time.Time) setter {
	return func(b *builder, value string) error {
		for _, layout := range []string{time.DateOnly, time.RFC3339} {
			if t, err := time.Parse(layout, value); err == nil {
				*field(&b.finding) = t
				return nil
			}
		}
		return errors.New("want a day or a time such as 2026-12-31 or 2026-12-31T18:00:00Z")
	}
}
