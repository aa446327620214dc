package formatter

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// resourceURL returns the address of the finding's resource in the console, or "" where there is
// none. What another source than AWS calls an instance may be anything.
func resourceURL(f *finding.Finding) string {
	r := f.Resource
	id := r.ID
	if r.Kind() == finding.KindObject {
		id, _, _ = strings.Cut(id, "/") // the page is that of the bucket
	}
	if !strings.HasPrefix(f.Source, "aws.") || id == "" || len(id) > 2*maxTarget || isGenerated(id) {
		return ""
	}
	if path := identityPath(f); path != "" {
		return f.ConsoleURL(path)
	}
	page := strings.Replace(resourcePage(r.Kind()), "{region}", f.Region, 1)
	page = strings.Replace(page, "{name}", url.QueryEscape(id), 1)
	return f.ConsoleURL(strings.Replace(page, "{path}", url.PathEscape(id), 1))
}

// resourcePage returns the page of a kind of resource, or "" for one that has none: {name} stands
// for the resource's id in a query or fragment, {path} for the id in a path.
func resourcePage(kind finding.Kind) string {
	switch kind {
	case finding.KindInstance:
		return "/ec2/home?region={region}#InstanceDetails:instanceId={name}"
	case finding.KindVolume:
		return "/ec2/home?region={region}#VolumeDetails:volumeId={name}"
	case finding.KindSnapshot:
		return "/ec2/home?region={region}#SnapshotDetails:snapshotId={name}"
	case finding.KindImage:
		return "/ec2/home?region={region}#ImageDetails:imageId={name}"
	case finding.KindSecurityGroup:
		return "/ec2/home?region={region}#SecurityGroup:groupId={name}"
	case finding.KindInterface:
		return "/ec2/home?region={region}#NetworkInterface:networkInterfaceId={name}"
	case finding.KindVPC:
		return "/vpcconsole/home?region={region}#VpcDetails:VpcId={name}"
	case finding.KindSubnet:
		return "/vpcconsole/home?region={region}#SubnetDetails:subnetId={name}"
	case finding.KindNetworkACL:
		return "/vpcconsole/home?region={region}#NetworkAclDetails:networkAclId={name}"
	case finding.KindRouteTable:
		return "/vpcconsole/home?region={region}#RouteTableDetails:RouteTableId={name}"
	case finding.KindKey:
		return "/kms/home?region={region}#/kms/keys/{path}"
	case finding.KindTable:
		return "/dynamodbv2/home?region={region}#table?name={name}"
	case finding.KindFileSystem:
		return "/efs/home?region={region}#/file-systems/{path}"
	case finding.KindRDSCluster:
		return "/rds/home?region={region}#database:id={name};is-cluster=true"
	case finding.KindBucket, finding.KindObject:
		return "/s3/buckets/{path}?region={region}"
	case finding.KindEKS, finding.KindKubernetes:
		return "/eks/clusters/{path}?region={region}"
	case finding.KindECS:
		return "/ecs/v2/clusters/{path}/services?region={region}"
	case finding.KindRDS:
		return "/rds/home?region={region}#database:id={name};is-cluster=false"
	case finding.KindLambda:
		return "/lambda/home?region={region}#/functions/{path}"
	default:
		return ""
	}
}

// identityPath returns the page of an IAM user or role, or "" for any other resource. IAM is
// global; its console opens from any region.
func identityPath(f *finding.Finding) string {
	name, kind := cmp.Or(f.Resource.Name, f.Resource.ID), f.Resource.Kind()
	if kind == finding.KindAccessKey {
		name = f.Resource.Name
		switch strings.ToLower(cmp.Or(f.Resource.Attributes.Get(finding.AttrUserType), f.Actor.User.Type)) {
		case "iamuser":
			kind = finding.KindUser
		case "assumedrole", "role":
			kind = finding.KindRole
		}
	}
	home := "/iam/home?region=" + f.Region + "#/"
	switch {
	case name == "" || isGenerated(name) || isUniqueID(name) || len(name) > 2*maxTarget:
		return ""
	case kind == finding.KindUser:
		return home + "users/details/" + url.PathEscape(name)
	case kind == finding.KindRole:
		return home + "roles/details/" + url.PathEscape(name)
	}
	return ""
}

// isUniqueID reports whether a name is an id that IAM has given, such as "AIDA" and letters, by which its
// console finds nothing.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func isUniqueID(name string) bool {
	return len(name) >= 16 && (strings.HasPrefix(name, "AIDA") || strings.HasPrefix(name, "AROA")) &&
		strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// isGenerated reports whether a name is one of those that are invented for a sample.
func isGenerated(name string) bool {
	return strings.HasPrefix(name, "GeneratedFinding") || name == "i-99999999"
}
