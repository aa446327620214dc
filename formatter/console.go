package formatter

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// resourceURL gives the address of the finding's resource in the console, or "" where there is none. What
// another source than AWS calls an instance may be anything.
func resourceURL(f *finding.Finding) string {
	r := f.Resource
	id := r.ID
	if !strings.HasPrefix(f.Source, "aws.") || id == "" || len(id) > 2*maxTarget || isGenerated(id) {
		return ""
	}
	home, name, inPath := "/home?region="+f.Region+"#", url.QueryEscape(id), url.PathEscape(id)
	var path string
	switch kind(r.Type) {
	case "instance":
		path = "/ec2" + home + "InstanceDetails:instanceId=" + name
	case "volume":
		path = "/ec2" + home + "VolumeDetails:volumeId=" + name
	case "snapshot":
		path = "/ec2" + home + "SnapshotDetails:snapshotId=" + name
	case "image":
		path = "/ec2" + home + "ImageDetails:imageId=" + name
	case "bucket", "object":
		path = "/s3/buckets/" + inPath + "?region=" + f.Region
	case "eks", "kubernetes":
		path = "/eks/clusters/" + inPath + "?region=" + f.Region
	case "ecs":
		path = "/ecs/v2/clusters/" + inPath + "/services?region=" + f.Region
	case "rds":
		path = "/rds" + home + "database:id=" + name + ";is-cluster=false"
	case "lambda":
		path = "/lambda" + home + "/functions/" + inPath
	case "accesskey", "user", "role":
		path = identityPath(f)
	}
	return f.ConsoleURL(path)
}

// identityPath gives the page of an IAM user or role. IAM is global; its console opens from any region.
func identityPath(f *finding.Finding) string {
	name, sort := firstOf(f.Resource.Name, f.Resource.ID), kind(f.Resource.Type)
	if sort == "accesskey" {
		name = f.Resource.Name
		switch strings.ToLower(firstOf(f.Resource.Attributes.Get(finding.AttrUserType), f.Actor.User.Type)) {
		case "iamuser":
			sort = "user"
		case "assumedrole", "role":
			sort = "role"
		}
	}
	home := "/iam/home?region=" + f.Region + "#/"
	switch {
	case name == "" || isGenerated(name) || len(name) > 2*maxTarget:
		return ""
	case sort == "user":
		return home + "users/details/" + url.PathEscape(name)
	case sort == "role":
		return home + "roles/details/" + url.PathEscape(name)
	}
	return ""
}

// isGenerated reports whether a name is one of those that are invented for a sample.
func isGenerated(name string) bool {
	return strings.HasPrefix(name, "GeneratedFinding") || name == "i-99999999"
}
