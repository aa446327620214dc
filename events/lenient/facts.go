package lenient

import (
	"cmp"
	"net/netip"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// ResourceFacts returns the facts that matter about a resource, from the details that the common
// formats have of it: ASFF's Details and OCSF's data. Their members are named after those of the
// service's own API.
func ResourceFacts(d Document) finding.Attributes {
	if d.Kind() != '{' {
		return nil
	}
	device := d.Get("networkInterfaces")
	public, private := addresses(d, device)
	return finding.Attributes{}.
		With(finding.AttrInstanceType, d.Text("instanceType", "dbInstanceClass", "nodeType")).
		With(finding.AttrState, d.Text("instanceState", "keyState", "dbInstanceStatus", "clusterStatus")).
		With(finding.AttrPublicIP, public).
		With(finding.AttrPrivateIP, private).
		With(finding.AttrImage, imageName(d)).
		With(finding.AttrHash, d.Text("imageDigest")).
		With(finding.AttrUser, d.Text("userName", "principalName")).
		With(finding.AttrUserType, d.Text("userType", "principalType")).
		With(finding.AttrPrincipal, d.Text("principalId")).
		With(finding.AttrPublicAccess, publicAccess(d)).
		With(finding.AttrEncryption, encryption(d)).
		With(finding.AttrEngine, JoinWords(d.Text("engine"), d.Text("engineVersion"))).
		With(finding.AttrDatabase, d.Text("dbName")).
		With(finding.AttrPlatform, d.Text("platform", "runtime")).
		With(finding.AttrRole, cmp.Or(d.Text("iamInstanceProfileArn", "role", "roleArn"), d.Get("iamInstanceProfile").Text("arn"))).
		With(finding.AttrVPC, cmp.Or(d.Text("vpcId"), device.Text("vpcId"), d.Get("vpcConfig").Text("vpcId"))).
		With(finding.AttrSubnet, cmp.Or(d.Text("subnetId"), device.Text("subnetId"))).
		With(finding.AttrSecurityGroups, groups(firstList(device.List("securityGroups"), d.List("vpcSecurityGroups")))).
		With(finding.AttrZone, d.Text("availabilityZone")).
		With(finding.AttrLaunchTime, d.Text("launchedAt", "launchTime")).
		With(finding.AttrOwner, d.Text("ownerName", "ownerId"))
}

// firstList returns the first list that is not empty.
func firstList(lists ...[]Document) []Document {
	for _, list := range lists {
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// addresses returns the first public and the first private address: where a list has both, an
// address says itself which it is.
func addresses(d, device Document) (public, private string) {
	public = cmp.Or(d.Text("publicIp", "publicIpAddress"), device.Text("publicIp"))
	private = cmp.Or(d.Text("privateIp", "privateIpAddress"), device.Text("privateIpAddress"))
	for _, text := range append(d.Get("ipV4Addresses").Texts(), device.Text("ip")) {
		ip, err := netip.ParseAddr(text)
		switch {
		case err != nil || ip.IsLoopback():
		case ip.IsPrivate():
			private = cmp.Or(private, text)
		default:
			public = cmp.Or(public, text)
		}
	}
	return public, private
}

// imageName returns what a machine or container runs, or "repository:tag" of an image itself.
func imageName(d Document) string {
	if name := d.Text("repositoryName"); name != "" {
		if tags := d.Get("imageTags").Texts(); len(tags) > 0 {
			name += ":" + strings.Join(tags, ", ")
		}
		return name
	}
	return cmp.Or(d.Text("imageId", "imageName"), d.Get("image").Text("name", "uid"), d.Get("container", "image").Text("name", "uid"))
}

// publicAccess returns "PUBLIC" or "NOT_PUBLIC", the words of other sources.
func publicAccess(d Document) string {
	for _, name := range []string{"publiclyAccessible", "isPublic"} {
		switch d.Get(name).Flag() {
		case "true":
			return "PUBLIC"
		case "false":
			return "NOT_PUBLIC"
		}
	}
	return ""
}

// encryption returns how something is encrypted, or that it is not.
func encryption(d Document) string {
	if algorithm := d.Get("serverSideEncryptionConfiguration", "rules", "applyServerSideEncryptionByDefault").Text("sseAlgorithm"); algorithm != "" {
		return algorithm
	}
	for _, name := range []string{"storageEncrypted", "encrypted", "isEncrypted"} {
		if d.Get(name).Flag() == "false" {
			return "none"
		}
	}
	return ""
}

// groups returns the ids of security groups.
func groups(list []Document) string {
	var ids []string
	for _, group := range list {
		ids = AppendNew(ids, group.Text("groupId", "groupUid", "vpcSecurityGroupId", "groupName"))
	}
	return strings.Join(ids, ", ")
}
