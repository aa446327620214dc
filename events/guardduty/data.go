package guardduty

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

func readAccessKey(d lenient.Document) finding.Resource {
	r := finding.Resource{ID: d.Text("accessKeyId"), Name: d.Text("userName")}
	r.Attributes = r.Attributes.
		With(finding.AttrUser, d.Text("userName")).
		With(finding.AttrUserType, d.Text("userType")).
		With(finding.AttrPrincipal, d.Text("principalId"))
	return r
}

func readBucket(d lenient.Document) finding.Resource {
	r := finding.Resource{
		ID: cmp.Or(d.Text("name"), lenient.ResourceName(d.Text("arn"))), Name: d.Text("name"), ARN: d.Text("arn"), Tags: lenient.Tags(d),
	}
	encryption := d.Get("defaultServerSideEncryption")
	var objects, hashes []string
	for _, object := range d.List("s3ObjectDetails") {
		objects = lenient.AppendNew(objects, object.Text("key", "objectArn"))
		hashes = lenient.AppendNew(hashes, lenient.FileHash(object.Text("hash")))
	}
	r.Attributes = r.Attributes.
		With(finding.AttrObject, strings.Join(objects, ", ")).
		With(finding.AttrHash, strings.Join(hashes, ", ")).
		With(finding.AttrPublicAccess, d.Get("publicAccess").Text("effectivePermission")).
		With(finding.AttrEncryption, lenient.JoinWords(encryption.Text("encryptionType"), encryption.Text("kmsMasterKeyArn"))).
		With(finding.AttrOwner, d.Get("owner").Text("id"))
	return r
}

// readDatabase reads a database instance, or the shard group of a limitless one.
func readDatabase(d lenient.Document) finding.Resource {
	r := finding.Resource{
		Name: d.Text("dbInstanceIdentifier", "dbShardGroupIdentifier"),
		ARN:  d.Text("dbInstanceArn", "dbShardGroupArn"),
		Tags: lenient.Tags(d),
	}
	r.ID = cmp.Or(r.Name, d.Text("dbiResourceId", "dbShardGroupResourceId"), r.ARN)
	r.Attributes = r.Attributes.
		With(finding.AttrEngine, d.Text("engine")).
		With(finding.AttrVersion, d.Text("engineVersion")).
		With(finding.AttrCluster, d.Text("dbClusterIdentifier"))
	return r
}

// readARN reads what is known by its ARN.
func readARN(d lenient.Document) finding.Resource {
	arn := d.Text("snapshotArn", "imageArn", "recoveryPointArn", "arn", "guardrailArn")
	return finding.Resource{ID: lenient.ResourceName(arn), ARN: arn}
}

func readVolume(d lenient.Document) finding.Resource {
	r := finding.Resource{ARN: d.Text("volumeArn")}
	r.ID = lenient.ResourceName(r.ARN)
	r.Attributes = r.Attributes.
		With(finding.AttrDevice, d.Text("deviceName")).
		With(finding.AttrEncryption, lenient.JoinWords(d.Text("encryptionType"), d.Text("kmsKeyArn")))
	return r
}

func readRecoveryPoint(d lenient.Document) finding.Resource {
	r := readARN(d)
	r.Name = d.Text("backupVaultName")
	return r
}

func readModel(d lenient.Document) finding.Resource {
	return finding.Resource{ID: cmp.Or(d.Text("modelId"), d.Text())}
}

func readGuardrail(d lenient.Document) finding.Resource {
	r := readARN(d)
	r.Attributes = r.Attributes.With(finding.AttrVersion, d.Text("version", "guardrailVersion"))
	return r
}
