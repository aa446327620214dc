package lenient

import (
	"cmp"
	"net/netip"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// ResourceFacts returns the facts that matter about a resource, from the details that the common
// formats have of it: ASFF's Details and OCSF's data. Their members are named after those of the
// service's own API. A finding can have many resources, so that each member is looked at once.
func ResourceFacts(d Document) finding.Attributes {
	var all details
	for _, m := range d.Object().Members() {
		if at := detailOf(m.Name); at != detailNone && all[at].IsNull() {
			all[at] = m.Value
		}
	}
	text := func(at detail) string { return all[at].Text() }
	device := all[detailInterfaces]
	public, private := addresses(&all)
	var facts finding.Attributes
	return facts.
		With(finding.AttrInstanceType, cmp.Or(text(detailInstanceType), instanceType(text(detailType)))).
		With(finding.AttrState, text(detailState)).
		With(finding.AttrPublicIP, public).
		With(finding.AttrPrivateIP, private).
		With(finding.AttrImage, imageName(&all)).
		With(finding.AttrHash, text(detailDigest)).
		With(finding.AttrUser, text(detailUser)).
		With(finding.AttrUserType, text(detailUserType)).
		With(finding.AttrPrincipal, text(detailPrincipal)).
		With(finding.AttrPublicAccess, publicAccess(all[detailPublic])).
		With(finding.AttrEncryption, encryption(&all)).
		With(finding.AttrEngine, JoinWords(text(detailEngine), text(detailEngineVersion))).
		With(finding.AttrDatabase, text(detailDatabase)).
		With(finding.AttrPlatform, text(detailPlatform)).
		With(finding.AttrRole, cmp.Or(text(detailRole), all[detailProfile].Text("arn"))).
		With(finding.AttrVPC, cmp.Or(text(detailVPC), device.Text("vpcId"), all[detailVPCConfig].Text("vpcId"))).
		With(finding.AttrSubnet, cmp.Or(text(detailSubnet), device.Text("subnetId"))).
		With(finding.AttrSecurityGroups, groups(firstList(device.List("securityGroups"), all[detailGroups].Elements()))).
		With(finding.AttrZone, text(detailZone)).
		With(finding.AttrLaunchTime, text(detailLaunched)).
		With(finding.AttrOwner, text(detailOwner))
}

// detail is something that details can say.
type detail int

const (
	detailNone detail = iota
	detailInstanceType
	detailType
	detailState
	detailPublicIP
	detailPrivateIP
	detailIPs
	detailInterfaces
	detailRepository
	detailImageTags
	detailImage
	detailContainer
	detailDigest
	detailUser
	detailUserType
	detailPrincipal
	detailPublic
	detailEncryption
	detailEncrypted
	detailEngine
	detailEngineVersion
	detailDatabase
	detailPlatform
	detailRole
	detailProfile
	detailVPC
	detailVPCConfig
	detailSubnet
	detailGroups
	detailZone
	detailLaunched
	detailOwner
	detailCount
)

type details [detailCount]Document

// longestDetail is how long the name of a detail can be.
const longestDetail = 40

// detailOf returns what a member of details says; its name counts as SameName compares names.
func detailOf(name string) detail {
	var plain [longestDetail]byte
	n := 0
	for i := range len(name) {
		c := name[i]
		switch {
		case isSeparator(c):
			continue
		case n == longestDetail:
			return detailNone
		}
		plain[n] = lower(c)
		n++
	}
	if at := machineDetail(plain[:n]); at != detailNone {
		return at
	}
	return otherDetail(plain[:n])
}

// machineDetail returns what the plain name of a member says of a machine, a container or its
// image.
func machineDetail(name []byte) detail {
	switch string(name) {
	case "instancetype", "dbinstanceclass", "nodetype":
		return detailInstanceType
	case "type":
		return detailType
	case "instancestate", "keystate", "dbinstancestatus", "clusterstatus":
		return detailState
	case "publicip", "publicipaddress":
		return detailPublicIP
	case "privateip", "privateipaddress":
		return detailPrivateIP
	case "ipv4addresses":
		return detailIPs
	case "networkinterfaces":
		return detailInterfaces
	case "repositoryname":
		return detailRepository
	case "imagetags":
		return detailImageTags
	case "imageid", "imagename", "image":
		return detailImage
	case "container":
		return detailContainer
	case "imagedigest", "codesha256":
		return detailDigest
	case "platform", "runtime":
		return detailPlatform
	case "iaminstanceprofilearn", "role", "rolearn", "executionrolearn":
		return detailRole
	case "iaminstanceprofile":
		return detailProfile
	case "vpcid":
		return detailVPC
	case "vpcconfig":
		return detailVPCConfig
	case "subnetid":
		return detailSubnet
	case "vpcsecuritygroups":
		return detailGroups
	case "availabilityzone":
		return detailZone
	case "launchedat", "launchtime":
		return detailLaunched
	}
	return detailNone
}

// otherDetail returns what the plain name of a member says of an identity, a database or a bucket.
func otherDetail(name []byte) detail {
	switch string(name) {
	case "username", "principalname":
		return detailUser
	case "usertype", "principaltype":
		return detailUserType
	case "principalid":
		return detailPrincipal
	case "publiclyaccessible", "ispublic":
		return detailPublic
	case "serversideencryptionconfiguration":
		return detailEncryption
	case "storageencrypted", "encrypted", "isencrypted":
		return detailEncrypted
	case "engine":
		return detailEngine
	case "engineversion":
		return detailEngineVersion
	case "dbname":
		return detailDatabase
	case "ownername", "ownerid":
		return detailOwner
	}
	return detailNone
}

// instanceType returns a type that is one of EC2's, such as "t3.medium". Load balancers and others
// have a type of their own kind under the same name.
func instanceType(text string) string {
	family, size, isSplit := strings.Cut(text, ".")
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	if !isSplit || family == "" || size == "" || strings.Trim(family, letters) != "" || strings.Trim(size, letters) != "" {
		return ""
	}
	return text
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
func addresses(all *details) (public, private string) {
	device := all[detailInterfaces]
	public = cmp.Or(all[detailPublicIP].Text(), device.Text("publicIp"))
	private = cmp.Or(all[detailPrivateIP].Text(), device.Text("privateIpAddress"))
	onePublic, onePrivate := Addresses(append(all[detailIPs].Texts(), device.Text("ip")))
	return cmp.Or(public, onePublic), cmp.Or(private, onePrivate)
}

// Addresses returns the first of the addresses of a machine that the internet knows, and the first that
// only its own network does.
func Addresses(texts []string) (public, private string) {
	for _, text := range texts {
		ip, err := netip.ParseAddr(text)
		switch {
		case err != nil || ip.IsLoopback() || ip.IsLinkLocalUnicast():
		case ip.IsPrivate():
			private = cmp.Or(private, text)
		default:
			public = cmp.Or(public, text)
		}
	}
	return public, private
}

// imageName returns what a machine or container runs, or "repository:tag" of an image itself.
func imageName(all *details) string {
	if name := all[detailRepository].Text(); name != "" {
		if tags := all[detailImageTags].Texts(); len(tags) > 0 {
			name += ":" + strings.Join(tags, ", ")
		}
		return name
	}
	image := all[detailImage]
	return cmp.Or(image.Text(), image.Text("name", "uid"), all[detailContainer].Get("image").Text("name", "uid"))
}

// digestDigits is how much of a digest tells images apart for a reader.
const digestDigits = 12

// Image returns a container image named as people pull it, "shop/api:1.4.2", with the beginning of
// its digest beside that; one without a tag has the digest in its id. D is what is known of the
// image; what it lacks is read from the end of the ARN. Any other resource is returned as it is.
func Image(r finding.Resource, d Document) finding.Resource {
	repository, digest := d.Text("repositoryName"), d.Text("imageDigest", "imageHash")
	for _, mark := range []string{"/sha256:", "@sha256:"} {
		if name, digits, isImage := strings.Cut(r.ID, mark); isImage {
			repository, digest = cmp.Or(repository, name), cmp.Or(digest, "sha256:"+digits)
		}
	}
	if repository == "" || digest == "" {
		return r
	}
	short := digest
	if kind, digits, _ := strings.Cut(digest, ":"); len(digits) > digestDigits {
		short = kind + ":" + digits[:digestDigits]
	}
	r.ID = repository + "@" + short
	if tag := d.Get("imageTags").Text(); tag != "" {
		r.ID, r.Name = repository+":"+tag, short
	}
	r.Attributes = r.Attributes.With(finding.AttrHash, digest)
	return r
}

// publicAccess returns "PUBLIC" or "NOT_PUBLIC", the words of other sources.
func publicAccess(d Document) string {
	switch d.Flag() {
	case "true":
		return "PUBLIC"
	case "false":
		return "NOT_PUBLIC"
	}
	return ""
}

// encryption returns how something is encrypted, or that it is not.
func encryption(all *details) string {
	rules := all[detailEncryption].Get("rules", "applyServerSideEncryptionByDefault")
	if algorithm := rules.Text("sseAlgorithm"); algorithm != "" {
		return algorithm
	}
	if all[detailEncrypted].Flag() == "false" {
		return "none"
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
