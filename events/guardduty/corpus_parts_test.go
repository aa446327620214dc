package guardduty_test

import (
	"slices"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// resources compares the resources of each kind: the one that the finding is about, the others, and
// the facts of each.
func resources(f finding.Finding, s stated) []statement {
	var ids, arns, facts, tags []string
	for _, r := range append([]finding.Resource{f.Resource}, f.Related...) {
		ids, arns = append(ids, r.ID, r.Name), append(arns, r.ARN)
		facts = append(facts, words(r.Attributes)...)
		for _, tag := range r.Tags {
			tags = append(tags, tag.Key, tag.Value)
		}
	}
	one := func(paths ...string) []string {
		var texts []string
		for _, path := range paths {
			texts = append(texts, s.first("resource."+path)...)
		}
		return texts
	}
	const (
		instance, network = "instanceDetails.", "instanceDetails.networkInterfaces."
		workload          = "kubernetesDetails.kubernetesWorkloadDetails."
		ecs, rds, fn      = "ecsClusterDetails.", "rdsDbInstanceDetails.", "lambdaDetails."
	)
	return []statement{
		{"resource type", s.first("resource.resourceType", "resourceType"), []string{f.Resource.Type}},
		{"resource", primary(s), []string{f.Resource.ID}},
		{"instance", one(instance + "instanceId"), ids},
		{"access key", one("accessKeyDetails.accessKeyId"), ids},
		{"bucket", s.all("resource.s3BucketDetails.name", "s3ObjectDetails.bucketName"), ids},
		{"cluster", one("eksClusterDetails.name", ecs+"name"), ids},
		{"container", one("containerDetails.id"), ids},
		{"container", one("containerDetails.name", "containerDetails.image", workload+"containers.name", workload+"containers.image",
			ecs+"taskDetails.containers.name", ecs+"taskDetails.containers.image"), slices.Concat(ids, facts)},
		{"database", one(rds+"dbInstanceIdentifier", rds+"dbClusterIdentifier", rds+"engine", rds+"engineVersion",
			"rdsDbUserDetails.database", "rdsDbUserDetails.application"), slices.Concat(ids, facts)},
		{"function", one(fn+"functionName", fn+"functionVersion", fn+"role"), slices.Concat(ids, facts)},
		{"volume", s.all("resource.ebsVolumeDetails.scannedVolumeDetails.volumeArn"), arns},
		{"arn", s.all("resource.s3BucketDetails.arn", "resource.eksClusterDetails.arn", "resource.ecsClusterDetails.arn",
			"resource.rdsDbInstanceDetails.dbInstanceArn", "resource.lambdaDetails.functionArn"), arns},
		{"instance facts", one(instance+"instanceType", instance+"instanceState", instance+"availabilityZone", instance+"imageId",
			instance+"imageDescription", instance+"platform", instance+"iamInstanceProfile.arn"), facts},
		{"network", one(network+"publicIp", network+"privateIpAddress", network+"vpcId", network+"subnetId",
			network+"securityGroups.groupId", network+"securityGroups.groupName"), facts},
		{"workload", one(workload+"name", workload+"namespace", workload+"type", workload+"containers.securityContext.privileged",
			ecs+"taskDetails.arn", "eksClusterDetails.vpcId", "eksClusterDetails.status", ecs+"status"), facts},
		{"bucket facts", one("s3BucketDetails.publicAccess.effectivePermission", "s3BucketDetails.owner.id",
			"s3BucketDetails.defaultServerSideEncryption.encryptionType"), facts},
		{"object", s.all("s3ObjectDetails.objectKey", "s3ObjectDetails.versionId", "s3ObjectDetails.eTag"), facts},
		{"tags", s.all("resource.instanceDetails.tags.key", "resource.instanceDetails.tags.value", "resource.instanceDetails.tags0key",
			"resource.instanceDetails.tags0value", "resource.s3BucketDetails.tags.key", "resource.s3BucketDetails.tags.value",
			"resource.eksClusterDetails.tags.key", "resource.eksClusterDetails.tags.value", "resource.rdsDbInstanceDetails.tags.key",
			"resource.rdsDbInstanceDetails.tags.value", "resource.ecsClusterDetails.tags.key", "resource.lambdaDetails.tags.key"), tags},
	}
}

// primary returns the id of the resource that is of the stated type.
func primary(s stated) []string {
	path := map[string]string{
		"Instance": "instanceDetails.instanceId", "AccessKey": "accessKeyDetails.accessKeyId", "S3Bucket": "s3BucketDetails.name",
		"EKSCluster": "eksClusterDetails.name", "KubernetesCluster": "eksClusterDetails.name", "ECSCluster": "ecsClusterDetails.name",
		"Container": "containerDetails.id", "RDSDBInstance": "rdsDbInstanceDetails.dbInstanceIdentifier", "Lambda": "lambdaDetails.functionName",
	}
	for _, kind := range s.first("resource.resourceType") {
		if id := s.first("resource." + path[kind]); path[kind] != "" && len(id) > 0 {
			return id
		}
	}
	return s.first("s3ObjectDetails.bucketName")
}

// words returns the values of facts, whole and in the parts of which they are put together.
func words(facts finding.Attributes) []string {
	var all []string
	for _, fact := range facts {
		whole := fact.Value
		all = append(all, whole)
		for _, part := range strings.FieldsFunc(whole, func(r rune) bool { return r == ',' || r == ';' }) {
			part = strings.TrimSpace(part)
			if _, text, isLabelled := strings.Cut(part, ": "); isLabelled {
				part = text
			}
			before, within, ok := strings.Cut(part, " (")
			if all = append(all, part); ok {
				all = append(all, before, strings.TrimSuffix(within, ")"))
			}
		}
		if before, within, ok := strings.Cut(whole, " ("); ok {
			all = append(all, before, strings.TrimSuffix(within, ")"))
		}
	}
	return all
}

// deeds compares who did what: the actor, the action, the process and the evidence.
func deeds(f finding.Finding, s stated) []statement {
	a, action := f.Actor, words(f.Action.Attributes)
	calls := func(path string) []string {
		var texts []string
		for _, kind := range []string{"awsApiCall", "networkConnection", "portProbe", "kubernetesApiCall", "rdsLoginAttempt", "dnsRequest"} {
			within := "service.action." + kind + "Action."
			if kind == "portProbe" && strings.HasPrefix(path, "remote") {
				within += "portProbeDetails."
			}
			texts = append(texts, s.first(within+path)...)
		}
		return texts
	}
	ip := calls("remoteIpDetails.ipAddressV4")
	if len(ip) == 0 {
		ip = calls("remoteIpDetails.ipAddressV6")
	}
	user, key, process := "resource.kubernetesDetails.kubernetesUserDetails.", "resource.accessKeyDetails.", "service.runtimeDetails.process."
	info := "service.additionalInfo."
	kubernetes := s.first(user + "username")
	identity := kubernetes
	if len(identity) == 0 {
		identity = slices.Concat(s.first(key+"userName"), s.first("resource.rdsDbUserDetails.user"))
	}
	keyUser := func(path string) []string {
		if len(kubernetes) > 0 { // the same person under a less telling name
			return nil
		}
		return s.first(key + path)
	}
	numbers := calls("remoteIpDetails.organization.asn")
	for i := range numbers {
		numbers[i] = "AS" + numbers[i]
	}
	probes := s.all("service.action.portProbeAction.portProbeDetails.localPortDetails.port", "service.action.portProbeAction.portProbeDetails.port")
	return append(machine(f, s, process),
		statement{"remote ip", ip, []string{a.Remote.IP}},
		statement{"country", calls("remoteIpDetails.country.countryName"), []string{a.Remote.Country}},
		statement{"country", calls("remoteIpDetails.country.countryCode"), []string{a.Remote.CountryCode}},
		statement{"city", calls("remoteIpDetails.city.cityName"), []string{a.Remote.City}},
		statement{"organization", calls("remoteIpDetails.organization.asnOrg"), []string{a.Remote.Organization}},
		statement{"as number", numbers, []string{a.Remote.ASN}},
		statement{"remote domain", calls("domainDetails.domain"), []string{a.Remote.Domain}},
		statement{"remote account", calls("remoteAccountDetails.accountId"), []string{a.Remote.Account.ID}},
		statement{"user agent", calls("userAgent"), []string{a.UserAgent}},
		statement{"user", identity, []string{a.User.Name}},
		statement{"user type", keyUser("userType"), []string{a.User.Type}},
		statement{"principal", keyUser("principalId"), []string{a.User.PrincipalID, a.User.PrincipalID + ":" + a.User.Session}},
		statement{"key of the user", keyUser("accessKeyId"), []string{a.User.AccessKey}},
		statement{"user's id", s.first(user + "uid"), []string{a.User.PrincipalID}},
		statement{"groups", s.all(user + "groups"), words(f.Facts)},
		statement{"every address", slices.Concat(s.all("service.action.portProbeAction.portProbeDetails.remoteIpDetails.ipAddressV4"),
			s.all("service.action.kubernetesApiCallAction.sourceIPs"), calls("remoteIpDetails.ipAddressV6")), append(words(f.Facts), a.Remote.IP)},
		statement{"country", s.all("service.action.portProbeAction.portProbeDetails.remoteIpDetails.country.countryName"),
			append(words(f.Facts), a.Remote.Country)},
		statement{"user agent", s.all(info + "userAgent.fullUserAgent"), []string{a.UserAgent}},
		statement{"parameters", s.all("service.action.kubernetesApiCallAction.parameters"), words(f.Facts)},
		statement{"besides", s.all(info+"unusual", info+"unusualProtocol", info+"scannedPort", info+"portsScannedSample",
			info+"recentApiCalls.api", info+"apiCalls.name"), words(f.Facts)},
		statement{"besides", s.all(info+"unusual.countries", info+"unusual.userNames", info+"unusual.isps"), words(f.Facts)},
		statement{"kind of action", s.all("service.action.actionType"), []string{f.Action.Kind}},
		statement{"ports", slices.Concat(calls("localPortDetails.port"), calls("localPortDetails.portName"), calls("remotePortDetails.port"),
			calls("remotePortDetails.portName"), probes), action},
		statement{"call", slices.Concat(calls("api"), calls("serviceName"), calls("errorCode"), calls("callerType"), calls("verb"),
			calls("requestUri"), calls("statusCode")), action},
		statement{"traffic", slices.Concat(calls("domain"), calls("protocol"), calls("blocked"), calls("connectionDirection"),
			calls("localIpDetails.ipAddressV4")), action},
		statement{"role", without(s.all("service.resourceRole"), "TARGET"), words(f.Facts)},
		statement{"feature", s.all("service.featureName"), words(f.Facts)},
	)
}

// without returns the texts but one.
func without(texts []string, but string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return text == but })
}

// machine compares processes, threats and what a scan has found.
func machine(f finding.Finding, s stated, process string) []statement {
	p := f.Actor.Process
	var threats, lists, files []string
	for _, threat := range f.Threats {
		threats, lists, files = append(threats, threat.Name), append(lists, threat.List), append(files, threat.File)
	}
	detections := "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames."
	evidence := "service.evidence.threatIntelligenceDetails."
	context := "service.runtimeDetails.context."
	return []statement{
		{"process", s.all(process + "name"), []string{p.Name}},
		{"process", s.all(process + "executablePath"), []string{p.Path}},
		{"process", s.all(process + "user"), []string{p.User}},
		{"process", s.all(process + "pid"), []string{p.PID}},
		{"context", s.all(context+"commandLineExample", context+"toolName", context+"scriptPath", context+"socketPath"), words(f.Action.Attributes)},
		{"threat", s.all(detections+"name", evidence+"threatNames", "scanResultDetails.threats.name"), threats},
		{"threat list", s.all(evidence + "threatListName"), lists},
		{"threat file", s.all(detections + "filePaths.filePath"), files},
	}
}
