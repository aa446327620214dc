package table

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// The attributes of an item. The table's keys are pk and sk, its time to live is expires.
const (
	attrPartition = "pk"
	attrSort      = "sk"
	attrFormat    = "format"
	attrRevision  = "revision"
	attrExpires   = "expires" // seconds since 1970
	attrRecord    = "record"
	attrNumber    = "number"
	attrItem      = "item"
)

// format is the number of the form that records are written in. A record of another form reads as
// absent: sending twice is better than not sending.
const format = 1

// attributes are an item, or a part of one, by their names.
type attributes map[string]attribute

// attribute is the value of an attribute: a text or a number. One of another type is neither.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
type attribute struct {
	S *string
	N string
}

func numberOf(value attribute) (n int64, ok bool) {
	if value.N == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(value.N, 10, 64)
	return n, err == nil
}

// bounded keeps a key within the 2,048 bytes that a partition key may have:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
func bounded(key string) string {
	const most = 1024
	if key == "" || len(key) > most {
		sum := sha256.Sum256([]byte(key))
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	return key
}

// recordOf returns the record that an item is, and its revision. An item without a revision is not
// one.
func recordOf(item attributes) (record Record, revision int64, isOurs bool) {
	revision, isOurs = numberOf(item[attrRevision])
	if !isOurs {
		return Record{}, 0, false
	}
	written, _ := numberOf(item[attrFormat])
	expires, _ := numberOf(item[attrExpires])
	text := item[attrRecord].S
	if text == nil || written != format {
		return Record{}, revision, true
	}
	return Record{Text: *text, Expires: time.Unix(expires, 0)}, revision, true
}
