package events

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func readAccessKey(d document) finding.Resource {
	r := finding.Resource{ID: d.text("accessKeyId"), Name: d.text("userName")}
	r.Attributes = r.Attributes.
		With(finding.AttrUser, d.text("userName")).
		With(finding.AttrUserType, d.text("userType")).
		With(finding.AttrPrincipal, d.text("principalId"))
	return r
}

func readBucket(d document) finding.Resource {
	r := finding.Resource{
		ID: firstOf(d.text("name"), resourceName(d.text("arn"))), Name: d.text("name"), ARN: d.text("arn"), Tags: readTags(d),
	}
	encryption := d.get("defaultServerSideEncryption")
	var objects, hashes []string
	for _, object := range d.list("s3ObjectDetails") {
		objects = appendNew(objects, object.text("key", "objectArn"))
		hashes = appendNew(hashes, fileHash(object.text("hash")))
	}
	r.Attributes = r.Attributes.
		With(finding.AttrObject, strings.Join(objects, ", ")).
		With(finding.AttrHash, strings.Join(hashes, ", ")).
		With(finding.AttrPublicAccess, d.get("publicAccess").text("effectivePermission")).
		With(finding.AttrEncryption, joinWords(encryption.text("encryptionType"), encryption.text("kmsMasterKeyArn"))).
		With(finding.AttrOwner, d.get("owner").text("id"))
	return r
}

func readDatabase(d document) finding.Resource {
	return database(d, "dbInstanceIdentifier", "dbiResourceId", "dbInstanceArn")
}

func readLimitlessDatabase(d document) finding.Resource {
	return database(d, "dbShardGroupIdentifier", "dbShardGroupResourceId", "dbShardGroupArn")
}

// database reads a database whose name, id and ARN stand in the named members.
func database(d document, name, id, arn string) finding.Resource {
	r := finding.Resource{ID: d.text(name, id, arn), Name: d.text(name), ARN: d.text(arn), Tags: readTags(d)}
	r.Attributes = r.Attributes.
		With(finding.AttrEngine, d.text("engine")).
		With(finding.AttrVersion, d.text("engineVersion")).
		With(finding.AttrCluster, d.text("dbClusterIdentifier"))
	return r
}

func readVolume(d document) finding.Resource {
	r := finding.Resource{ARN: d.text("volumeArn")}
	r.ID = resourceName(r.ARN)
	r.Attributes = r.Attributes.
		With(finding.AttrDevice, d.text("deviceName")).
		With(finding.AttrEncryption, joinWords(d.text("encryptionType"), d.text("kmsKeyArn")))
	return r
}

func readSnapshot(d document) finding.Resource {
	arn := d.text("snapshotArn")
	return finding.Resource{ID: resourceName(arn), ARN: arn}
}

func readImage(d document) finding.Resource {
	arn := d.text("imageArn")
	return finding.Resource{ID: resourceName(arn), ARN: arn}
}

func readRecoveryPoint(d document) finding.Resource {
	arn := d.text("recoveryPointArn")
	r := finding.Resource{ID: resourceName(arn), ARN: arn, Name: d.text("backupVaultName")}
	return r
}

func readModel(d document) finding.Resource {
	return finding.Resource{ID: firstOf(d.text("modelId"), d.text())}
}

func readGuardrail(d document) finding.Resource {
	arn := d.text("arn")
	r := finding.Resource{ID: resourceName(arn), ARN: arn}
	r.Attributes = r.Attributes.With(finding.AttrVersion, d.text("version"))
	return r
}

// resourceName gives the last part of an ARN's resource, which is what people call the thing, and
// any other text as it is.
func resourceName(arn string) string {
	resource := parseARN(arn).resource
	if resource == "" {
		return arn
	}
	if _, name, ok := strings.Cut(resource, "/"); ok && name != "" {
		return name
	}
	if _, name, ok := strings.Cut(resource, ":"); ok && name != "" {
		return name
	}
	return resource
}

// fileHash gives a hash, but not the SHA-256 of nothing: that one means that it could not be had.
// https://docs.aws.amazon.com/guardduty/latest/ug/findings-malware-protection-s3.html
func fileHash(text string) string {
	const ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if strings.EqualFold(text, ofNothing) {
		return ""
	}
	return text
}
