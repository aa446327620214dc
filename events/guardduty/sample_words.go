//go:build !lambda.norpc

package guardduty

import (
	"strings"
	"unicode"
)

// words gives title and description.
func (s sample) words() (title, description string) {
	switch s.Type {
	case "AttackSequence:S3/CompromisedData":
		return "Data in S3 bucket example-invoices may have been taken with the credentials of an IAM user.",
			"Within 40 minutes the access key of the IAM user deploy was used from a Tor exit node, CloudTrail was stopped, " +
				"and 1,204 objects of the bucket example-invoices were read."
	case "Trojan:EC2/DNSDataExfiltration":
		return "Data exfiltration through DNS queries from EC2 instance " + instanceID + ".",
			"The EC2 instance " + instanceID + " queries domain names that resemble exfiltrated data."
	case "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS":
		return "Credentials of EC2 instance role example-web were used from outside AWS.",
			"Credentials that were made for the EC2 instance " + instanceID + " were used from the address " + remoteIP + ", which is not AWS's."
	case "CryptoCurrency:Runtime/BitcoinTool.B":
		return "A process on EC2 instance " + instanceID + " talks to an address of cryptocurrency mining.",
			"The process /tmp/.x/kworker on the EC2 instance " + instanceID + " connects to a known pool of cryptocurrency miners."
	case "PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer":
		return "A privileged container was deployed in an unusual way in EKS cluster example-shop.",
			"The Kubernetes user ci-runner deployed the workload debug-shell with a privileged container, which this user has not done before."
	case "Object:S3/MaliciousFile":
		return "A malicious file was uploaded to S3 bucket example-uploads.",
			"A malware scan found a threat in the object invoices/2026-03.zip of the bucket example-uploads."
	case "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B":
		return "The IAM user example-user logged in to the console from two places far apart.",
			"The console was logged in to from the address " + remoteIP + " while the same user was at work in another country."
	}
	where := s.place()
	title = purposeWords(s.purpose) + ": " + s.artefactWords() + " " + where + "."
	return title, "A sample of " + s.Type + ": GuardDuty would say here what it saw " + where + ", and why that is unusual or known to be harmful."
}

// place says which resource a sample is about.
func (s sample) place() string {
	switch s.ResourceType {
	case "Instance":
		return "on EC2 instance " + instanceID
	case "AccessKey":
		return "by IAM user example-user"
	case "S3Bucket", "S3Object":
		return "in S3 bucket example-uploads"
	case "EKSCluster":
		return "in EKS cluster example-shop"
	case "ECSCluster":
		return "in ECS cluster example-jobs"
	case "Container":
		return "in a container"
	case "RDSDBInstance":
		return "on RDS database example-orders"
	case "Lambda":
		return "in Lambda function example-resize"
	case "CustomDetectionRule", "AttackSequence":
		return "in account " + s.Account
	}
	return "in a backup"
}

// purposeWords gives the threat purpose in plain words:
// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html
func purposeWords(purpose string) string {
	words := map[string]string{
		"AttackSequence": "Attack sequence", "Backdoor": "Backdoor", "Behavior": "Unusual behaviour",
		"CredentialAccess": "Access to credentials", "CryptoCurrency": "Cryptocurrency mining",
		"DefenseEvasion": "Evasion of defences", "DefenseImpairment": "Defences impaired", "Discovery": "Discovery",
		"Execution": "Malicious execution", "Exfiltration": "Exfiltration", "Impact": "Impact",
		"InitialAccess": "Initial access", "LateralMovement": "Lateral movement", "PenTest": "Penetration test tool",
		"Persistence": "Persistence", "Policy": "Policy violation", "PrivilegeEscalation": "Escalation of privileges",
		"Recon": "Reconnaissance", "ResourceDevelopment": "Resource development", "Stealth": "Tracks covered",
		"Trojan": "Trojan", "UnauthorizedAccess": "Unauthorised access",
	}[purpose]
	if words == "" {
		return purpose
	}
	return words
}

// artefactWords takes "SSHBruteForce" apart: "SSH brute force".
func (s sample) artefactWords() string {
	names := strings.NewReplacer(".", " ", "!", " ", "C&C", "command-and-control ", "CGroups", "cgroups ",
		"DoH", "DNS-over-HTTPS ", "DoT", "DNS-over-TLS ", "WinRM", "Windows-Remote-Management ")
	var words []string
	for field := range strings.FieldsSeq(names.Replace(s.artefact)) {
		if strings.Contains(field, "-") {
			words = append(words, field) // a name by which people know it
			continue
		}
		for _, word := range splitWords(field) {
			words = append(words, plainWord(word))
		}
	}
	return strings.Join(words, " ")
}

// splitWords takes "MaliciousIPCaller" apart: Malicious, IP, Caller.
func splitWords(text string) []string {
	var words []string
	letters := []rune(text)
	start := 0
	for i := 1; i < len(letters); i++ {
		ends := unicode.IsLower(letters[i-1]) && unicode.IsUpper(letters[i])
		acronymEnds := unicode.IsUpper(letters[i-1]) && unicode.IsUpper(letters[i]) && i+1 < len(letters) && unicode.IsLower(letters[i+1])
		if ends || acronymEnds {
			words = append(words, string(letters[start:i]))
			start = i
		}
	}
	return append(words, string(letters[start:]))
}

// plainWord gives a word in small letters, and an acronym or a name as it is written.
func plainWord(word string) string {
	switch word {
	case "Udp", "Tcp", "Dns":
		return strings.ToUpper(word)
	case "Tor", strings.ToUpper(word):
		return word
	}
	return strings.ToLower(word)
}
