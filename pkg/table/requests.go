package table

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/awssend"
	"github.com/tocsin-sec/tocsin/pkg/jsonwrite"
)

// The calls that are made, by the rights that they need.
const (
	getItem    = "dynamodb:GetItem"
	putItem    = "dynamodb:PutItem"
	updateItem = "dynamodb:UpdateItem"
	query      = "dynamodb:Query"
	scan       = "dynamodb:Scan"
)

// request is the body of a call in the making.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
type request struct{ *jsonwrite.Object }

// request returns a request about the table, which has room for a text of so many bytes.
func (d *DynamoDB) request(size int) request {
	const frame = 512
	in := request{jsonwrite.New(frame + size + size/8)} // with what is escaped
	in.Text("TableName", d.table)
	return in
}

// text adds an attribute that is a text.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
func (r request) text(name, value string) {
	r.Begin(name)
	r.Text("S", value)
	r.End()
}

// number adds an attribute that is a number.
func (r request) number(name string, n int64) {
	r.Begin(name)
	r.Text("N", strconv.FormatInt(n, 10))
	r.End()
}

// key adds the attributes of a key.
func (r request) key(key Key) {
	r.text(attrPartition, bounded(key.Partition))
	r.text(attrSort, key.Sort)
}

// What stands in expressions for the names of attributes, and for values.
const (
	forNames  = "ExpressionAttributeNames"
	forValues = "ExpressionAttributeValues"
)

// response is what a call answers.
type response struct {
	Item             attributes
	Attributes       attributes
	Items            []attributes
	LastEvaluatedKey map[string]json.RawMessage
}

// call makes a call, by its right.
func (d *DynamoDB) call(ctx context.Context, right string, in request) (response, error) {
	body, err := in.JSON()
	if err != nil {
		return response{}, errors.New("the record has no form in DynamoDB")
	}
	const service = len("dynamodb:")
	header := map[string][]string{
		"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"DynamoDB_20120810." + right[service:]},
		"Accept-Encoding": {"identity"}, // the checksum is that of what is sent
	}
	answer, err := d.client.Post(ctx, "/", header, body)
	if err != nil {
		return response{}, fault(ctx, err)
	}
	if answer.Status/100 != 2 {
		return response{}, refused(ctx, answer)
	}
	var out response
	if len(answer.Body) > 0 && json.Unmarshal(answer.Body, &out) != nil {
		return response{}, fault(ctx, awssend.RefusalError{Status: answer.Status})
	}
	return out, nil
}

// refused returns ErrConflict for a condition that did not hold, as a ConflictError where the answer says
// what is there instead, and else a fault.
func refused(ctx context.Context, answer awssend.Answer) error {
	if answer.Code != "ConditionalCheckFailedException" {
		return fault(ctx, awssend.RefusalError{Status: answer.Status, Code: answer.Code})
	}
	var instead struct{ Item attributes }
	if json.Unmarshal(answer.Body, &instead) != nil {
		return ErrConflict
	}
	record, revision, isOurs := recordOf(instead.Item)
	if !isOurs {
		return ErrConflict
	}
	return &ConflictError{record, revision}
}

// fault returns what can be said of an error in the same words each time.
func fault(ctx context.Context, err error) error {
	failed, isSaid := errors.AsType[*awscall.Error](err)
	if !isSaid {
		failed = awscall.Explain(ctx, "DynamoDB", err)
	}
	if errors.Is(failed, context.DeadlineExceeded) {
		return errors.New("DynamoDB did not answer in time")
	}
	return errors.New(failed.Short())
}
