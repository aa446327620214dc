package formatter

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// mainFacts returns the names of the attributes that stand with a kind of resource, the best first.
func mainFacts(kind finding.Kind) []string {
	switch kind {
	case finding.KindInstance:
		return []string{finding.AttrPublicIP, finding.AttrPrivateIP, finding.AttrVPC}
	case finding.KindAccessKey:
		return []string{finding.AttrUserType, finding.AttrModel, finding.AttrGuardrail}
	case finding.KindBucket, finding.KindObject:
		return []string{finding.AttrObject, finding.AttrPublicAccess}
	case finding.KindEKS, finding.KindKubernetes, finding.KindWorkload:
		return []string{
			finding.AttrNamespace, finding.AttrWorkload, finding.AttrContainer, finding.AttrImage, finding.AttrPrivileged,
		}
	case finding.KindECS, finding.KindTask:
		return []string{finding.AttrTask, finding.AttrContainer, finding.AttrImage, finding.AttrPrivileged}
	case finding.KindContainer:
		return []string{finding.AttrImage, finding.AttrPrivileged}
	case finding.KindRDS, finding.KindLimitless:
		return []string{finding.AttrEngine, finding.AttrCluster, finding.AttrDatabase}
	case finding.KindLambda:
		return []string{finding.AttrVersion, finding.AttrVPC}
	case finding.KindVolume:
		return []string{finding.AttrDevice, finding.AttrEncryption}
	default:
		return []string{finding.AttrObject, finding.AttrPublicIP, finding.AttrModel, finding.AttrGuardrail}
	}
}

// resource returns "EC2 instance i-0a1b2c3d (web-1), public 198.51.100.12, VPC vpc-0a1b2c3d".
// Account and region are shown where they are not those of the finding.
func (b *builder) resource(r finding.Resource, place finding.Place) string {
	parts := []string{b.brief(r)}
	if parts[0] == "" {
		return ""
	}
	for _, name := range append(mainFacts(r.Kind()), finding.AttrAccount, finding.AttrRegion) {
		value := r.Attributes.Get(name)
		if name == finding.AttrAccount && value == place.Account.ID || name == finding.AttrRegion && value == place.Region {
			continue
		}
		parts = append(parts, b.attribute(finding.Attribute{Name: name, Value: value}))
	}
	return joined(", ", parts...)
}

// brief returns "EC2 instance i-0a1b2c3d (web-1)".
func (b *builder) brief(r finding.Resource) string {
	name, word := b.names(r), clean(r.Type)
	switch kind := r.Kind(); {
	case kind == finding.KindSequence && name == "":
		return "" // its resources stand elsewhere
	case kind != "":
		word = cmp.Or(b.word("kind."+string(kind)), word)
	}
	return joined(" ", word, name)
}

// names returns "i-0a1b2c3d (web-1)"; of an access key it gives the user first, whom one asks.
func (b *builder) names(r finding.Resource) string {
	id, name := clean(cmp.Or(r.ID, arnName(r.ARN))), clean(r.Name)
	switch {
	case name == id:
		return b.id(id)
	case r.Kind() == finding.KindAccessKey && name != "":
		return bracketed(name, b.id(id))
	default:
		return bracketed(b.id(id), name)
	}
}

// attribute returns "VPC vpc-0a1b2c3d". Of an ARN it gives the name.
func (b *builder) attribute(a finding.Attribute) string {
	value := clean(arnName(a.Value))
	switch a.Name {
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
	if name, id, isNamed := strings.Cut(value, " ("); a.Name == finding.AttrAccount && isNamed {
		value = bracketed(name, b.id(strings.TrimSuffix(id, ")")))
	} else if isLiteral(a.Name) {
		value = b.id(value)
	}
	if text := b.say("attr."+a.Name, value); text != "" {
		return text
	}
	return words(a.Name) + " " + value
}

// arnName returns the name at the end of an ARN, and any other text as it is.
func arnName(text string) string {
	if !strings.HasPrefix(text, "arn:") {
		return text
	}
	if parts := strings.SplitN(text, ":", 6); len(parts) == 6 {
		return cmp.Or(parts[5][strings.LastIndexAny(parts[5], "/:")+1:], text)
	}
	return text
}

// target returns what a headline says of the resource: "i-0a1b2c3d (web-1)". Of several alike it
// gives the first and how many more there are.
func (b *builder) target(f *finding.Finding) string {
	if more := alike(f); more > 0 {
		return joined(" ", cutRunes(b.targetAlone(f), maxTarget/2), b.say("more", strconv.Itoa(more)))
	}
	return b.targetAlone(f)
}

// alike returns how many of the related resources are of the same type as the resource.
func alike(f *finding.Finding) int {
	n := 0
	for i := range f.Related {
		if f.Resource.ID != "" && f.Related[i].Type == f.Resource.Type && f.Related[i].ID != f.Resource.ID {
			n++
		}
	}
	return n
}

func (b *builder) targetAlone(f *finding.Finding) string {
	r := f.Resource
	text := b.names(r)
	if s := f.Sequence; text == "" && s != nil && len(s.Resources) > 0 {
		r = s.Resources[0]
		text = b.names(r)
		if more := len(s.Resources) - 1; more > 0 {
			text = joined(" ", text, b.say("more", strconv.Itoa(more)))
		}
	}
	switch r.Kind() {
	case finding.KindObject:
		text = joined("/", text, clean(r.Attributes.Get(finding.AttrObject)))
	case finding.KindEKS, finding.KindKubernetes:
		namespace, workload := r.Attributes.Get(finding.AttrNamespace), r.Attributes.Get(finding.AttrWorkload)
		text = joined(" / ", text, clean(namespace), clean(workload))
	default:
	}
	return cutRunes(text, maxTarget)
}

// tags returns the tags of the style, in its order; the name stands with the resource.
func (b *builder) tags(r finding.Resource) string {
	var shown []finding.Tag
	for _, wanted := range b.style.shownTags() {
		for _, tag := range r.Tags {
			isWanted := wanted == allTags || strings.EqualFold(wanted, tag.Key)
			isName := tag.Key == "Name" && tag.Value == r.Name
			if isWanted && !isName && len(shown) < maxTags && !slices.Contains(shown, tag) {
				shown = append(shown, tag)
			}
		}
	}
	return list(b, shown, func(tag finding.Tag) string { return clean(tag.Key) + "=" + clean(tag.Value) })
}

// maxDetails is how many details of a resource are shown.
const maxDetails = 8

// details returns the facts about the resource that do not stand with it.
func (b *builder) details(f *finding.Finding) string {
	var parts []string
	main := mainFacts(f.Resource.Kind())
	for _, a := range f.Resource.Attributes {
		if slices.Contains(main, a.Name) || len(parts) == maxDetails {
			continue
		}
		parts = append(parts, b.attribute(a))
	}
	return joined(", ", parts...)
}
