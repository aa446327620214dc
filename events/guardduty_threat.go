package events

import "github.com/tocsin-sec/tocsin/pkg/finding"

// maxThreats bounds how many threats of a finding are kept; a scan of a whole disk can name thousands.
const maxThreats = 100

// guardDutyThreats reads what the finding names as evidence: malware that a scan has found, and entries
// of threat lists.
func guardDutyThreats(service document) []finding.Threat {
	threats := volumeThreats(service.get("ebsVolumeScanDetails", "scanDetections"))
	threats = append(threats, objectThreats(service.get("malwareScanDetails"))...)
	for _, intelligence := range service.get("evidence").list("threatIntelligenceDetails") {
		list := intelligence.text("threatListName")
		names := intelligence.get("threatNames").texts()
		for _, name := range names {
			threats = append(threats, finding.Threat{
				Name: name, List: list, SHA256: fileHash(intelligence.text("threatFileSha256")),
			})
		}
		if len(names) == 0 && list != "" {
			threats = append(threats, finding.Threat{List: list})
		}
	}
	if info := service.get("additionalInfo"); len(threats) == 0 {
		threat := finding.Threat{Name: info.text("threatName"), List: info.text("threatListName")}
		if threat != (finding.Threat{}) {
			threats = append(threats, threat)
		}
	}
	return threats[:min(len(threats), maxThreats)]
}

// volumeThreats reads the result of a scan of EBS volumes.
func volumeThreats(detections document) []finding.Threat {
	var threats []finding.Threat
	for _, name := range detections.get("threatDetectedByName").list("threatNames") {
		files := name.list("filePaths")
		for _, file := range files {
			threats = append(threats, finding.Threat{
				Name: name.text("name"), File: file.text("filePath", "fileName"), SHA256: fileHash(file.text("hash")),
			})
		}
		if len(files) == 0 {
			threats = append(threats, finding.Threat{Name: name.text("name")})
		}
	}
	if worst := detections.get("highestSeverityThreatDetails").text("threatName"); len(threats) == 0 && worst != "" {
		threats = append(threats, finding.Threat{Name: worst})
	}
	return threats
}

// objectThreats reads the result of a scan of an S3 object or of a backup.
func objectThreats(scan document) []finding.Threat {
	var threats []finding.Threat
	for _, threat := range scan.list("threats") {
		base := finding.Threat{
			Name: threat.text("name"), List: threat.text("source"), SHA256: fileHash(threat.text("hash")),
		}
		items := append(threat.list("itemPaths"), threat.list("itemDetails")...)
		for _, item := range items {
			one := base
			one.File = item.text("nestedItemPath", "itemPath")
			one.SHA256 = firstOf(fileHash(item.text("hash")), base.SHA256)
			threats = append(threats, one)
		}
		if len(items) == 0 {
			threats = append(threats, base)
		}
	}
	return threats
}
