package formatter

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// mainFacts are the names of the attributes that stand with a resource, the most telling first; the rest is empty.
type mainFacts [5]string

// mainFactsOf returns those of a kind.
func mainFactsOf(kind finding.Kind) mainFacts {
	type row struct {
		kinds [3]finding.Kind
		facts mainFacts
	}
	for _, r := range [...]row{
		{[3]finding.Kind{finding.KindInstance}, mainFacts{finding.AttrPublicIP, finding.AttrPrivateIP, finding.AttrVPC}},
		{[3]finding.Kind{finding.KindAccessKey}, mainFacts{finding.AttrUserType, finding.AttrModel, finding.AttrGuardrail}},
		{[3]finding.Kind{finding.KindBucket, finding.KindObject}, mainFacts{finding.AttrObject, finding.AttrPublicAccess}},
		{
			[3]finding.Kind{finding.KindEKS, finding.KindKubernetes, finding.KindWorkload},
			mainFacts{finding.AttrNamespace, finding.AttrWorkload, finding.AttrContainer, finding.AttrImage, finding.AttrPrivileged},
		},
		{
			[3]finding.Kind{finding.KindECS, finding.KindTask},
			mainFacts{finding.AttrTask, finding.AttrContainer, finding.AttrImage, finding.AttrPrivileged},
		},
		{[3]finding.Kind{finding.KindContainer}, mainFacts{finding.AttrImage, finding.AttrPrivileged}},
		{[3]finding.Kind{finding.KindRDS, finding.KindLimitless}, mainFacts{finding.AttrEngine, finding.AttrCluster, finding.AttrDatabase}},
		{[3]finding.Kind{finding.KindLambda}, mainFacts{finding.AttrVersion, finding.AttrVPC}},
		{[3]finding.Kind{finding.KindVolume}, mainFacts{finding.AttrDevice, finding.AttrEncryption}},
	} {
		if kind != "" && slices.Contains(r.kinds[:], kind) {
			return r.facts
		}
	}
	return mainFacts{finding.AttrObject, finding.AttrPublicIP, finding.AttrModel, finding.AttrGuardrail}
}

// resource gives "EC2 instance i-0a1b2c3d (web-1), public 198.51.100.12, VPC vpc-0a1b2c3d". Account and region
// are shown where they are not those of the finding.
func (b *builder) resource(r finding.Resource, place finding.Place) string {
	parts := []string{b.brief(r)}
	if parts[0] == "" {
		return ""
	}
	for _, name := range mainFactsOf(r.Kind()) {
		parts = append(parts, b.attribute(finding.Attribute{Name: name, Value: r.Attributes.Get(name)}))
	}
	if account := r.Attributes.Get(finding.AttrAccount); account != place.Account.ID {
		parts = append(parts, b.attribute(finding.Attribute{Name: finding.AttrAccount, Value: account}))
	}
	if region := r.Attributes.Get(finding.AttrRegion); region != place.Region {
		parts = append(parts, b.attribute(finding.Attribute{Name: finding.AttrRegion, Value: region}))
	}
	return joined(", ", parts...)
}

// brief gives "EC2 instance i-0a1b2c3d (web-1)".
func (b *builder) brief(r finding.Resource) string {
	name, word := names(r), clean(r.Type)
	switch kind := r.Kind(); {
	case kind == finding.KindSequence && name == "":
		return "" // its resources stand elsewhere
	case kind != "":
		word = cmp.Or(b.word("kind."+string(kind)), word)
	}
	return joined(" ", word, name)
}

// names gives "i-0a1b2c3d (web-1)"; of an access key it gives its user first, who is the one to ask.
func names(r finding.Resource) string {
	id, name := clean(cmp.Or(r.ID, arnName(r.ARN))), clean(r.Name)
	if r.Kind() == finding.KindAccessKey && name != "" {
		id, name = name, id
	}
	switch {
	case name == "" || name == id:
		return id
	case id == "":
		return name
	}
	return id + " (" + name + ")"
}

// attribute gives "VPC vpc-0a1b2c3d". Of an ARN it gives the name.
func (b *builder) attribute(a finding.Attribute) string {
	value := clean(arnName(a.Value))
	switch a.Name {
	case finding.AttrInstanceType:
		value = plain(a.Value) // "m5.large" is no address
	case finding.AttrPrivileged:
		if a.Value == "true" {
			return b.word("attr.privileged")
		}
		return ""
	case finding.AttrPublicAccess:
		if word := b.word("access." + a.Value); word != "" {
			return word
		}
	}
	if value == "" {
		return ""
	}
	if text := b.say("attr."+a.Name, value); text != "" {
		return text
	}
	return words(a.Name) + " " + value
}

// arnName gives the name at the end of an ARN, and any other text as it is.
func arnName(text string) string {
	if !strings.HasPrefix(text, "arn:") {
		return text
	}
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 {
		return text
	}
	name := parts[5][strings.LastIndexAny(parts[5], "/:")+1:]
	return cmp.Or(name, text)
}

// target gives what a headline says of the resource: "i-0a1b2c3d (web-1)". Of several it gives the first
// and how many more there are.
func (b *builder) target(f *finding.Finding) string {
	r := f.Resource
	text := names(r)
	if s := f.Sequence; text == "" && s != nil && len(s.Resources) > 0 {
		r = s.Resources[0]
		text = names(r)
		if more := len(s.Resources) - 1; more > 0 {
			text = joined(" ", text, b.say("more", strconv.Itoa(more)))
		}
	}
	switch r.Kind() {
	case finding.KindObject:
		text = joined("/", text, clean(r.Attributes.Get(finding.AttrObject)))
	case finding.KindEKS, finding.KindKubernetes:
		workload := r.Attributes.Get(finding.AttrWorkload)
		text = joined(" / ", text, clean(r.Attributes.Get(finding.AttrNamespace)), clean(workload))
	default:
	}
	return cutRunes(text, maxTarget)
}

// tags gives the tags of the style, in its order; the name stands with the resource.
func (b *builder) tags(r finding.Resource) string {
	var shown []finding.Tag
	for _, wanted := range b.style.shownTags() {
		for _, tag := range r.Tags {
			isWanted := wanted == allTags || strings.EqualFold(wanted, tag.Key)
			isName := tag.Key == "Name" && tag.Value == r.Name
			if isWanted && !isName && len(shown) < mostTags && !slices.Contains(shown, tag) {
				shown = append(shown, tag)
			}
		}
	}
	return list(b, shown, func(tag finding.Tag) string { return clean(tag.Key) + "=" + clean(tag.Value) })
}

// mostDetails is how many details of a resource are shown.
const mostDetails = 8

// details gives the facts about the resource that do not stand with it.
func (b *builder) details(f *finding.Finding) string {
	var parts []string
	main := mainFactsOf(f.Resource.Kind())
	for _, a := range f.Resource.Attributes {
		if slices.Contains(main[:], a.Name) || len(parts) == mostDetails {
			continue
		}
		parts = append(parts, b.attribute(a))
	}
	return joined(", ", parts...)
}
