package guardduty

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func readInstance(d lenient.Document) finding.Resource {
	r := finding.Resource{ID: d.Text("instanceId"), Tags: lenient.Tags(d)}
	r.Name = lenient.TagName(r.Tags)
	profile := d.Get("iamInstanceProfile")
	for _, network := range d.List("networkInterfaces") {
		r.Attributes = addNetwork(r.Attributes, network)
	}
	r.Attributes = r.Attributes.
		With(finding.AttrInstanceType, d.Text("instanceType")).
		With(finding.AttrState, d.Text("instanceState")).
		With(finding.AttrZone, d.Text("availabilityZone")).
		With(finding.AttrRole, profile.Text("arn", "id")).
		With(finding.AttrImage, lenient.JoinWords(d.Text("imageId"), d.Text("imageDescription"))).
		With(finding.AttrPlatform, d.Text("platform")).
		With(finding.AttrLaunchTime, lenient.TimeText(d.Get("launchTime")))
	if r.ID == "" && len(r.Attributes) == 0 {
		return finding.Resource{Tags: r.Tags}
	}
	return r
}

// addNetwork adds what a network interface says; of several interfaces the first is the main one.
func addNetwork(attributes finding.Attributes, d lenient.Document) finding.Attributes {
	var groups []string
	for _, group := range d.List("securityGroups") {
		groups = lenient.AppendNew(groups, lenient.JoinWords(group.Text("groupId"), group.Text("groupName")))
	}
	return attributes.
		With(finding.AttrPublicIP, d.Text("publicIp")).
		With(finding.AttrPrivateIP, cmp.Or(
			d.Text("privateIpAddress"),
			d.Get("privateIpAddresses").Text("privateIpAddress"),
			d.Get("ipv6Addresses").Text(),
		)).
		With(finding.AttrVPC, d.Text("vpcId")).
		With(finding.AttrSubnet, d.Text("subnetId")).
		With(finding.AttrSecurityGroups, strings.Join(groups, ", "))
}

// readEKSCluster reads the cluster and the Kubernetes workload from "resource" itself.
func readEKSCluster(d lenient.Document) finding.Resource {
	cluster := d.Get("eksClusterDetails")
	workload := d.Get("kubernetesDetails", "kubernetesWorkloadDetails")
	container := workload.Get("containers")
	r := finding.Resource{
		ID:   cluster.Text("name", "arn"),
		Name: cluster.Text("name"),
		ARN:  cluster.Text("arn"),
		Tags: lenient.Tags(cluster),
	}
	r.Attributes = r.Attributes.
		With(finding.AttrNamespace, workload.Text("namespace")).
		With(finding.AttrWorkload, lenient.JoinWords(workload.Text("name"), workload.Text("type"))).
		With(finding.AttrContainer, container.Text("name")).
		With(finding.AttrImage, container.Text("image")).
		With(finding.AttrPrivileged, container.Get("securityContext", "privileged").Flag()).
		With(finding.AttrUser, workload.Text("serviceAccountName")).
		With(finding.AttrVPC, cluster.Text("vpcId")).
		With(finding.AttrState, cluster.Text("status"))
	return r
}

func readECSCluster(d lenient.Document) finding.Resource {
	task := d.Get("taskDetails")
	container := task.Get("containers")
	r := finding.Resource{
		ID: d.Text("name", "arn"), Name: d.Text("name"), ARN: d.Text("arn"), Tags: lenient.Tags(d),
	}
	r.Attributes = r.Attributes.
		With(finding.AttrTask, task.Text("arn", "definitionArn")).
		With(finding.AttrContainer, container.Text("name")).
		With(finding.AttrImage, container.Text("image")).
		With(finding.AttrPrivileged, container.Get("securityContext", "privileged").Flag()).
		With(finding.AttrVersion, task.Text("version")).
		With(finding.AttrState, d.Text("status"))
	return r
}

func readContainer(d lenient.Document) finding.Resource {
	r := finding.Resource{ID: d.Text("id", "name"), Name: d.Text("name")}
	r.Attributes = r.Attributes.
		With(finding.AttrImage, d.Text("image")).
		With(finding.AttrPlatform, d.Text("containerRuntime")).
		With(finding.AttrPrivileged, d.Get("securityContext", "privileged").Flag())
	return r
}

func readLambda(d lenient.Document) finding.Resource {
	r := finding.Resource{
		ID: d.Text("functionName", "functionArn"), Name: d.Text("functionName"),
		ARN: d.Text("functionArn"), Tags: lenient.Tags(d),
	}
	var groups []string
	for _, group := range d.Get("vpcConfig").List("securityGroups") {
		groups = lenient.AppendNew(groups, cmp.Or(group.Text("groupId"), group.Text()))
	}
	r.Attributes = r.Attributes.
		With(finding.AttrVersion, d.Text("functionVersion")).
		With(finding.AttrRole, d.Text("role")).
		With(finding.AttrVPC, d.Get("vpcConfig").Text("vpcId")).
		With(finding.AttrSubnet, strings.Join(d.Get("vpcConfig", "subnetIds").Texts(), ", ")).
		With(finding.AttrSecurityGroups, strings.Join(groups, ", "))
	return r
}
