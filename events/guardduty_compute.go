package events

import (
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func readInstance(d document) finding.Resource {
	r := finding.Resource{ID: d.text("instanceId"), Tags: readTags(d)}
	r.Name = tagName(r.Tags)
	profile := d.get("iamInstanceProfile")
	for _, network := range d.list("networkInterfaces") {
		r.Attributes = addNetwork(r.Attributes, network)
	}
	r.Attributes = r.Attributes.
		With(finding.AttrInstanceType, d.text("instanceType")).
		With(finding.AttrState, d.text("instanceState")).
		With(finding.AttrZone, d.text("availabilityZone")).
		With(finding.AttrRole, profile.text("arn", "id")).
		With(finding.AttrImage, joinWords(d.text("imageId"), d.text("imageDescription"))).
		With(finding.AttrPlatform, d.text("platform")).
		With(finding.AttrLaunchTime, timeText(d.get("launchTime")))
	if r.ID == "" && len(r.Attributes) == 0 {
		return finding.Resource{Tags: r.Tags}
	}
	return r
}

// addNetwork adds what a network interface says; of several interfaces the first is the main one.
func addNetwork(attributes finding.Attributes, d document) finding.Attributes {
	var groups []string
	for _, group := range d.list("securityGroups") {
		groups = appendNew(groups, joinWords(group.text("groupId"), group.text("groupName")))
	}
	return attributes.
		With(finding.AttrPublicIP, d.text("publicIp")).
		With(finding.AttrPrivateIP, firstOf(
			d.text("privateIpAddress"),
			d.get("privateIpAddresses").text("privateIpAddress"),
			d.get("ipv6Addresses").text(),
		)).
		With(finding.AttrVPC, d.text("vpcId")).
		With(finding.AttrSubnet, d.text("subnetId")).
		With(finding.AttrSecurityGroups, strings.Join(groups, ", "))
}

// timeText gives a time as RFC 3339, and what cannot be read as one as it came.
func timeText(d document) string {
	if t := d.time(); !t.IsZero() {
		return t.Format(time.RFC3339)
	}
	return d.text()
}

// readEKSCluster reads the cluster and the Kubernetes workload from "resource" itself.
func readEKSCluster(d document) finding.Resource {
	cluster := d.get("eksClusterDetails")
	workload := d.get("kubernetesDetails", "kubernetesWorkloadDetails")
	container := workload.get("containers")
	r := finding.Resource{
		ID:   cluster.text("name", "arn"),
		Name: cluster.text("name"),
		ARN:  cluster.text("arn"),
		Tags: readTags(cluster),
	}
	r.Attributes = r.Attributes.
		With(finding.AttrNamespace, workload.text("namespace")).
		With(finding.AttrWorkload, joinWords(workload.text("name"), workload.text("type"))).
		With(finding.AttrContainer, container.text("name")).
		With(finding.AttrImage, container.text("image")).
		With(finding.AttrPrivileged, container.get("securityContext", "privileged").flag()).
		With(finding.AttrUser, workload.text("serviceAccountName")).
		With(finding.AttrVPC, cluster.text("vpcId")).
		With(finding.AttrState, cluster.text("status"))
	return r
}

func readECSCluster(d document) finding.Resource {
	task := d.get("taskDetails")
	container := task.get("containers")
	r := finding.Resource{
		ID: d.text("name", "arn"), Name: d.text("name"), ARN: d.text("arn"), Tags: readTags(d),
	}
	r.Attributes = r.Attributes.
		With(finding.AttrTask, task.text("arn", "definitionArn")).
		With(finding.AttrContainer, container.text("name")).
		With(finding.AttrImage, container.text("image")).
		With(finding.AttrPrivileged, container.get("securityContext", "privileged").flag()).
		With(finding.AttrVersion, task.text("version")).
		With(finding.AttrState, d.text("status"))
	return r
}

func readContainer(d document) finding.Resource {
	r := finding.Resource{ID: d.text("id", "name"), Name: d.text("name")}
	r.Attributes = r.Attributes.
		With(finding.AttrImage, d.text("image")).
		With(finding.AttrPlatform, d.text("containerRuntime")).
		With(finding.AttrPrivileged, d.get("securityContext", "privileged").flag())
	return r
}

func readLambda(d document) finding.Resource {
	r := finding.Resource{
		ID: d.text("functionName", "functionArn"), Name: d.text("functionName"),
		ARN: d.text("functionArn"), Tags: readTags(d),
	}
	var groups []string
	for _, group := range d.get("vpcConfig").list("securityGroups") {
		groups = appendNew(groups, firstOf(group.text("groupId"), group.text()))
	}
	r.Attributes = r.Attributes.
		With(finding.AttrVersion, d.text("functionVersion")).
		With(finding.AttrRole, d.text("role")).
		With(finding.AttrVPC, d.get("vpcConfig").text("vpcId")).
		With(finding.AttrSubnet, strings.Join(d.get("vpcConfig", "subnetIds").texts(), ", ")).
		With(finding.AttrSecurityGroups, strings.Join(groups, ", "))
	return r
}
