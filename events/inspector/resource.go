package inspector

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readResources reads all that a finding is about; without a list of them, what the envelope names.
func readResources(e source.Envelope, d lenient.Document) (primary finding.Resource, related []finding.Resource) {
	var all []finding.Resource
	for _, resource := range d.List("resources") {
		all = append(all, readResource(resource))
	}
	if len(all) == 0 {
		return envelopeResource(e), nil
	}
	return all[0], all[1:]
}

// readResource reads one resource. Its details stand under a name for its kind at AWS, and under
// another one that is the same for all clouds.
func readResource(d lenient.Document) finding.Resource {
	details := d.Get("details").At("awsEc2Instance", "awsEcrContainerImage", "awsLambdaFunction", "codeRepository",
		"vm", "image", "serverlessFunction")
	r := finding.Resource{
		Type: d.Text("type"), ID: lenient.ResourceName(d.Text("id")), ARN: lenient.ARN(d.Text("id")), Tags: lenient.Tags(d),
	}
	r.Name = lenient.TagName(r.Tags)
	if isElsewhere(d) {
		r.ID = r.ID[strings.LastIndex(r.ID, "/")+1:] // of a path as long as a line
	}
	switch {
	case details.Text("repositoryName") != "":
		r = image(r, details)
	case details.Text("functionName", "serverlessFunctionName") != "":
		r.ID, r.Attributes = details.Text("functionName", "serverlessFunctionName"), function(details)
	case details.Text("projectName") != "":
		r.Name = details.Text("projectName")
		r.Attributes = r.Attributes.With("provider", details.Text("providerType")).With("integration", details.Text("integrationArn"))
	default:
		r.ID = cmp.Or(details.Text("vmName"), r.ID)
		r.Attributes = machine(details)
	}
	if isElsewhere(d) {
		r.Attributes = r.Attributes.With(finding.AttrAccount, d.Text("providerAccountId")).With(finding.AttrRegion, d.Text("region")).
			With("provider", d.Text("provider")).With("organization", d.Text("providerOrgId")).With("id", d.Text("id"))
	}
	return r
}

// digestDigits is how much of a digest tells images apart for a reader.
const digestDigits = 12

// image names a container image as people pull it, "shop/api:1.4.2", with the beginning of its
// digest beside that. One without a tag has the digest in its name, so that no two have one name.
func image(r finding.Resource, d lenient.Document) finding.Resource {
	digest := d.Text("imageHash", "imageDigest")
	kind, digits, isDigest := strings.Cut(digest, ":")
	short := digest
	if isDigest && len(digits) > digestDigits {
		short = kind + ":" + digits[:digestDigits]
	}
	tags := d.Get("imageTags").Texts()
	r.ID = d.Text("repositoryName")
	switch {
	case len(tags) > 0:
		r.ID, r.Name = r.ID+":"+tags[0], short
	case short != "":
		r.ID += "@" + short
	}
	r.Attributes = finding.Attributes{}.With(finding.AttrHash, digest)
	if len(tags) > 1 {
		r.Attributes = r.Attributes.With("image_tags", strings.Join(tags, ", "))
	}
	r.Attributes = r.Attributes.With("registry", d.Text("registry")).With(finding.AttrPlatform, d.Text("platform")).
		With("architecture", d.Text("architecture")).With("pushed", lenient.TimeText(d.Get("pushedAt"))).With("author", d.Text("author")).
		With("in_use", d.Text("inUseCount")).With("last_in_use", lenient.TimeText(d.Get("lastInUseAt")))
	return r
}

func function(d lenient.Document) finding.Attributes {
	network := d.Get("vpcConfig")
	return finding.Attributes{}.With("runtime", d.Text("runtime")).With(finding.AttrVersion, d.Text("version")).
		With(finding.AttrRole, lenient.ResourceName(d.Text("executionRoleArn", "executionRole"))).
		With(finding.AttrVPC, network.Text("vpcId")).
		With(finding.AttrSubnet, joined(network.Get("subnetIds"))).
		With(finding.AttrSecurityGroups, joined(network.Get("securityGroupIds"))).
		With("layers", joined(d.Get("layers"))).With("package_type", d.Text("packageType")).
		With("architecture", joined(d.Get("architectures"))).With(finding.AttrHash, d.Text("codeSha256", "codeDigest")).
		With("modified", lenient.TimeText(d.Get("lastModifiedAt")))
}

func machine(d lenient.Document) finding.Attributes {
	public, private := lenient.Addresses(append(d.Get("ipV4Addresses").Texts(), d.Get("ipV6Addresses").Texts()...))
	return finding.Attributes{}.With(finding.AttrPublicIP, public).With(finding.AttrPrivateIP, private).
		With("addresses", joined(d.Get("ipV4Addresses"), d.Get("ipV6Addresses"))).
		With(finding.AttrVPC, d.Text("vpcId", "networkId")).With(finding.AttrSubnet, joined(d.Get("subnetId"), d.Get("subnetIds"))).
		With(finding.AttrSecurityGroups, joined(d.Get("securityGroupIds"))).
		With(finding.AttrInstanceType, d.Text("type")).With(finding.AttrImage, d.Text("imageId", "vmImageReference")).
		With(finding.AttrPlatform, d.Text("platform")).
		With(finding.AttrRole, lenient.ResourceName(d.Text("iamInstanceProfileArn", "executionRole"))).
		With("key_name", d.Text("keyName")).With(finding.AttrLaunchTime, lenient.TimeText(d.Get("launchedAt")))
}

// envelopeResource reads the resource that an event names outside of its detail.
func envelopeResource(e source.Envelope) finding.Resource {
	if len(e.Resources) == 0 {
		return finding.Resource{}
	}
	id := e.Resources[0]
	r := finding.Resource{ID: lenient.ResourceName(id), ARN: lenient.ARN(id)}
	switch service := lenient.ParseARN(id).Service; {
	case strings.HasPrefix(id, "i-"):
		r.Type = "AWS_EC2_INSTANCE"
	case strings.HasPrefix(id, "ami-"):
		r.Type = "MACHINE_IMAGE"
	case service == "lambda":
		r.Type = "AWS_LAMBDA_FUNCTION"
		r.ID = strings.Split(lenient.ParseARN(id).Resource+":", ":")[1]
	case service == "ecr":
		r.Type = "AWS_ECR_REPOSITORY"
	}
	return r
}

// joined returns the texts of lists, with a comma between.
func joined(lists ...lenient.Document) string {
	var all []string
	for _, list := range lists {
		all = append(all, list.Texts()...)
	}
	return strings.Join(all, ", ")
}
