package guardduty

import (
	"cmp"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// maxThreats bounds the threats of a finding; a scan of a whole disk can name thousands.
const maxThreats = 100

// readThreats reads the evidence: malware found by a scan, and entries of threat lists.
func readThreats(service lenient.Document, additional []lenient.Document) []finding.Threat {
	threats := volumeThreats(service.Get("ebsVolumeScanDetails", "scanDetections"))
	threats = append(threats, objectThreats(service.Get("malwareScanDetails"))...)
	for _, intelligence := range service.Get("evidence").List("threatIntelligenceDetails") {
		list := intelligence.Text("threatListName")
		names := intelligence.Get("threatNames").Texts()
		for _, name := range names {
			threats = append(threats, finding.Threat{
				Name: name, List: list, SHA256: lenient.FileHash(intelligence.Text("threatFileSha256")),
			})
		}
		if len(names) == 0 && list != "" {
			threats = append(threats, finding.Threat{List: list})
		}
	}
	for _, info := range additional {
		threat := finding.Threat{Name: info.Text("threatName"), List: info.Text("threatListName")}
		if len(threats) == 0 && threat != (finding.Threat{}) {
			threats = append(threats, threat)
		}
	}
	return threats[:min(len(threats), maxThreats)]
}

// volumeThreats reads the result of a scan of EBS volumes.
func volumeThreats(detections lenient.Document) []finding.Threat {
	var threats []finding.Threat
	for _, name := range detections.Get("threatDetectedByName").List("threatNames") {
		files := name.List("filePaths")
		for _, file := range files {
			threats = append(threats, finding.Threat{
				Name: name.Text("name"), File: file.Text("filePath", "fileName"), SHA256: lenient.FileHash(file.Text("hash", "fileSha256")),
			})
		}
		if len(files) == 0 {
			threats = append(threats, finding.Threat{Name: name.Text("name")})
		}
	}
	if worst := detections.Get("highestSeverityThreatDetails").Text("threatName"); len(threats) == 0 && worst != "" {
		threats = append(threats, finding.Threat{Name: worst})
	}
	return threats
}

// objectThreats reads the result of a scan of an S3 object or of a backup.
func objectThreats(scan lenient.Document) []finding.Threat {
	var threats []finding.Threat
	for _, threat := range scan.List("threats") {
		base := finding.Threat{
			Name: threat.Text("name"), List: threat.Text("source"), SHA256: lenient.FileHash(threat.Text("hash")),
		}
		items := append(threat.List("itemPaths"), threat.List("itemDetails")...)
		for _, item := range items {
			one := base
			one.File = item.Text("nestedItemPath", "itemPath")
			one.SHA256 = cmp.Or(lenient.FileHash(item.Text("hash")), base.SHA256)
			threats = append(threats, one)
		}
		if len(items) == 0 {
			threats = append(threats, base)
		}
	}
	return threats
}
