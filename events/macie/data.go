package macie

import (
	"cmp"
	"strings"

	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// cut parts the id of a principal from the name of its session.
func cut(principal string) (id, session string, found bool) { return strings.Cut(principal, ":") }

// readResource reads the object that holds the data, with the bucket that it is in, or the bucket.
// The tags are those of both.
func readResource(d lenient.Document) finding.Resource {
	bucket, object := d.Get("s3Bucket"), d.Get("s3Object")
	arn := cmp.Or(bucket.Text("arn"), object.Text("bucketArn"))
	path, _, _ := strings.Cut(object.Text("path"), "/")
	name := cmp.Or(bucket.Text("name"), lenient.ResourceName(arn), path)
	r := finding.Resource{Type: "S3Bucket", ID: name, ARN: arn}
	if key := object.Text("key"); key != "" {
		r.Type = "S3Object"
		r.Attributes = r.Attributes.With(finding.AttrObject, key)
		if arn != "" {
			r.ARN = arn + "/" + key
		}
		r.Tags = lenient.Tags(object)
	}
	if r.ID == "" && r.Attributes == nil {
		return finding.Resource{}
	}
	encryption := object.Get("serverSideEncryption")
	if encryption.Absent() {
		encryption = bucket.Get("defaultServerSideEncryption")
	}
	access := bucket.Get("publicAccess").Text("effectivePermission")
	if object.Get("publicAccess").IsTrue() {
		access = "PUBLIC"
	}
	r.Attributes = r.Attributes.With(finding.AttrPublicAccess, access).
		With("object_public", object.Get("publicAccess").Flag()).
		With(finding.AttrEncryption, lenient.JoinWords(encryption.Text("encryptionType"), encryption.Text("kmsMasterKeyId"))).
		With(finding.AttrOwner, bucket.Get("owner").Text("displayName", "id")).
		With("unencrypted_uploads", bucket.Text("allowsUnencryptedObjectUploads")).
		With("size", object.Text("size")).With(finding.AttrVersion, object.Text("versionId")).
		With("storage_class", object.Text("storageClass")).With("modified", object.Text("lastModified"))
	r.Tags = append(r.Tags, lenient.Tags(bucket)...)
	return r
}

// readFacts reads what was found, how often, by which job, and whether the search came to its end.
func readFacts(d lenient.Document, category string) finding.Attributes {
	result := d.Get("result")
	var found []string
	for _, data := range result.List("sensitiveData") {
		found = lenient.AppendNew(found, dataText(data))
	}
	custom := result.Get("customDataIdentifiers")
	status := lenient.JoinWords(result.Get("status").Text("code"), result.Get("status").Text("reason"))
	if strings.EqualFold(status, "COMPLETE") {
		status = ""
	}
	facts := finding.Attributes{}.With("sensitive_data", strings.Join(found, "; ")).
		With("found_in", places(result)).
		With("custom_data", cmp.Or(detections(custom, "name", asItIs), nonZero(custom.Text("totalCount"))))
	if result.Get("additionalOccurrences").IsTrue() {
		facts = facts.With("additional_occurrences", "true")
	}
	return facts.With("incomplete", status).With("mime_type", result.Text("mimeType")).
		With("origin", d.Text("originType")).With("job", d.Text("jobId")).
		With("results", d.Text("detailedResultsLocation")).With("category", category)
}

// dataText returns "3 AWS credentials, 1 PGP private key", with the category in front only where it
// counts more than these.
func dataText(d lenient.Document) string {
	sum := 0
	for _, detection := range d.List("detections") {
		sum += detection.Get("count").Integer()
	}
	single := detections(d, "type", inWords)
	if single != "" && sum == d.Get("totalCount").Integer() {
		return single
	}
	return lenient.JoinWords(strings.TrimSpace(d.Text("totalCount")+" "+inWords(d.Text("category"))), single)
}

// detections returns how often each sort of data was found. Operators give their own the names that
// they like.
func detections(d lenient.Document, name string, words func(string) string) string {
	var all []string
	for _, detection := range d.List("detections") {
		all = lenient.AppendNew(all, strings.TrimSpace(detection.Text("count")+" "+words(detection.Text(name))))
	}
	return strings.Join(all, ", ")
}

func asItIs(name string) string { return name }

// inWords returns "AWS credentials" for AWS_CREDENTIALS, and "Credit card number" for
// CREDIT_CARD_NUMBER: https://docs.aws.amazon.com/macie/latest/user/managed-data-identifiers.html
func inWords(code string) string {
	words := strings.Split(strings.ToLower(code), "_")
	for i, word := range words {
		switch word {
		case "aws", "api", "cvv", "dea", "gcp", "http", "iban", "json", "jwt", "nhs", "npi", "pgp", "pkcs", "ssh", "tls", "uk", "us", "usa", "vin":
			words[i] = strings.ToUpper(word)
		}
	}
	text := strings.Join(words, " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func nonZero(count string) string {
	if count == "0" {
		return ""
	}
	return count
}

// maxPlaces bounds the places that are told.
const maxPlaces = 5

// places returns where in an object the data was found, of which Macie names some: "column SSN, lines
// 3-5, page 2". The numbers of rows are left out where a column has a name.
// https://docs.aws.amazon.com/macie/latest/user/findings-locate-sd-schema.html
func places(result lenient.Document) string {
	var all []string
	add := func(word, place string) {
		if place != "" && len(all) < maxPlaces {
			all = lenient.AppendNew(all, word+" "+place)
		}
	}
	kinds := append(result.List("sensitiveData"), result.Get("customDataIdentifiers"))
	for _, kind := range kinds {
		for _, detection := range kind.List("detections") {
			occurrences := detection.Get("occurrences")
			for _, cell := range occurrences.List("cells") {
				add("column", cell.Text("columnName", "column"))
			}
			for _, record := range occurrences.List("records") {
				add("record", record.Text("jsonPath", "recordIndex"))
			}
			for _, page := range occurrences.List("pages") {
				add("page", page.Text("pageNumber"))
			}
			for _, lines := range occurrences.List("lineRanges") {
				add("lines", span(lines.Text("start"), lines.Text("end")))
			}
		}
	}
	return strings.Join(all, ", ")
}

// span returns "3-5", or "3" for a single one.
func span(start, end string) string {
	if end == "" || end == start {
		return start
	}
	return start + "-" + end
}
