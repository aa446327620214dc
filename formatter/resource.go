package formatter

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// kind gives the canonical word for a source's type of resource, whatever its spelling ("S3Bucket",
// "S3_BUCKET", "AwsS3Bucket", "AWS::S3::Bucket"), or "" for one that is not known.
func kind(resourceType string) string {
	var letters [maxTarget]byte
	n := 0
	for i := range min(len(resourceType), maxTarget) {
		switch c := resourceType[i]; {
		case 'A' <= c && c <= 'Z':
			letters[n] = c + 'a' - 'A'
			n++
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			letters[n] = c
			n++
		}
	}
	name := bytes.TrimPrefix(letters[:n], []byte("aws"))
	switch string(name) {
	case "instance", "ec2instance":
		return "instance"
	case "accesskey", "iamaccesskey":
		return "accesskey"
	case "iamuser", "user":
		return "user"
	case "iamrole", "role":
		return "role"
	case "s3bucket", "bucket":
		return "bucket"
	case "s3object":
		return "object"
	case "ekscluster":
		return "eks"
	case "kubernetescluster":
		return "kubernetes"
	case "kubernetesworkload":
		return "workload"
	case "ecscluster":
		return "ecs"
	case "ecstask":
		return "task"
	case "container", "ecscontainer":
		return "container"
	case "rdsdbinstance", "dbinstance":
		return "rds"
	case "rdslimitlessdb":
		return "limitless"
	case "lambda", "lambdafunction":
		return "lambda"
	}
	return otherKind(string(name))
}

func otherKind(name string) string {
	switch name {
	case "ebsvolume", "ec2volume":
		return "volume"
	case "ebssnapshot":
		return "snapshot"
	case "ec2image", "ami", "ec2ami":
		return "image"
	case "recoverypoint", "ec2recoverypoint", "ebsrecoverypoint", "s3recoverypoint":
		return "recovery"
	case "ec2networkinterface":
		return "interface"
	case "cloudformationstack":
		return "stack"
	case "ec2vpc":
		return "vpc"
	case "ec2launchtemplate":
		return "template"
	case "autoscalingautoscalinggroup", "autoscalinggroup":
		return "group"
	case "iaminstanceprofile", "ec2iaminstanceprofile":
		return "profile"
	case "attacksequence", "customdetectionrule":
		return "sequence"
	case "bedrockmodel":
		return "model"
	case "bedrockguardrail":
		return "guardrail"
	}
	return ""
}

// telling gives the attributes that matter for a kind of resource.
func telling(kind string) []string {
	switch kind {
	case "instance":
		return []string{finding.AttrPublicIP, finding.AttrPrivateIP, finding.AttrVPC}
	case "accesskey":
		return []string{finding.AttrUserType, finding.AttrModel, finding.AttrGuardrail}
	case "bucket", "object":
		return []string{finding.AttrObject, finding.AttrPublicAccess}
	case "eks", "kubernetes", "workload":
		return []string{finding.AttrNamespace, finding.AttrWorkload, finding.AttrContainer, finding.AttrImage, finding.AttrPrivileged}
	case "ecs", "task":
		return []string{finding.AttrTask, finding.AttrContainer, finding.AttrImage, finding.AttrPrivileged}
	case "container":
		return []string{finding.AttrImage, finding.AttrPrivileged}
	case "rds", "limitless":
		return []string{finding.AttrEngine, finding.AttrCluster, finding.AttrDatabase}
	case "lambda":
		return []string{finding.AttrVersion, finding.AttrVPC}
	case "volume":
		return []string{finding.AttrDevice, finding.AttrEncryption}
	}
	return []string{finding.AttrObject, finding.AttrPublicIP, finding.AttrModel, finding.AttrGuardrail}
}

// resource gives "EC2 instance i-0a1b2c3d (web-1), public 198.51.100.12, VPC vpc-0a1b2c3d". Account and region
// are shown where they are not those of the finding.
func (b *builder) resource(r finding.Resource, place finding.Place) string {
	parts := []string{b.brief(r)}
	if parts[0] == "" {
		return ""
	}
	shown := telling(kind(r.Type))
	if account := r.Attributes.Get(finding.AttrAccount); account != place.Account.ID {
		shown = append(shown, finding.AttrAccount)
	}
	if r.Attributes.Get(finding.AttrRegion) != place.Region {
		shown = append(shown, finding.AttrRegion)
	}
	for _, name := range shown {
		parts = append(parts, b.attribute(finding.Attribute{Name: name, Value: r.Attributes.Get(name)}))
	}
	return joined(", ", parts...)
}

// brief gives "EC2 instance i-0a1b2c3d (web-1)".
func (b *builder) brief(r finding.Resource) string {
	name, word := names(r), clean(r.Type)
	switch known := kind(r.Type); {
	case known == "sequence" && name == "":
		return "" // its resources stand elsewhere
	case known != "":
		word = firstOf(b.word("kind."+known), word)
	}
	return joined(" ", word, name)
}

// names gives "i-0a1b2c3d (web-1)"; of an access key it gives its user first, who is the one to ask.
func names(r finding.Resource) string {
	id, name := clean(firstOf(r.ID, arnName(r.ARN))), clean(r.Name)
	if kind(r.Type) == "accesskey" && name != "" {
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
	return firstOf(name, text)
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
			text = joined(" ", text, b.say("more", itoa(more)))
		}
	}
	switch kind(r.Type) {
	case "object":
		text = joined("/", text, clean(r.Attributes.Get(finding.AttrObject)))
	case "eks", "kubernetes":
		workload := r.Attributes.Get(finding.AttrWorkload)
		text = joined(" / ", text, clean(r.Attributes.Get(finding.AttrNamespace)), clean(workload))
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
	for _, a := range f.Resource.Attributes {
		if slices.Contains(telling(kind(f.Resource.Type)), a.Name) || len(parts) == mostDetails {
			continue
		}
		parts = append(parts, b.attribute(a))
	}
	return joined(", ", parts...)
}
