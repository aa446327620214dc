package deployed

import (
	"context"
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// The keys of the ledger's table, and the attribute by which what nobody needs any more expires.
const (
	partitionKey = "pk"
	sortKey      = "sk"
	expiry       = "expires"
)

// Table looks at the ledger's table.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
func Table(ctx context.Context, name string) []notify.Check {
	const what = "table"
	var of struct {
		Table struct {
			TableStatus string
			KeySchema   []struct{ AttributeName, KeyType string }
		}
	}
	if err := (action{service: dynamoDB(), name: "DescribeTable"}.call(ctx, map[string]string{"TableName": name}, &of)); err != nil {
		return []notify.Check{missing(what, err, fmt.Sprintf("there is no table %s in this region: without it everything is sent again and again; "+
			"see LEDGER_TABLE and AWS_REGION", name))}
	}
	keys := map[string]string{}
	for _, key := range of.Table.KeySchema {
		keys[key.KeyType] = key.AttributeName
	}
	status := of.Table.TableStatus
	var all []notify.Check
	switch {
	case keys["HASH"] != partitionKey || keys["RANGE"] != sortKey:
		all = append(all, fault(what, fmt.Sprintf("its keys are not %s and %s, two texts; make a table that has these", partitionKey, sortKey)))
	case status != "ACTIVE" && status != "UPDATING":
		all = append(all, fault(what, "it is "+status+"; wait until it is ACTIVE, or make it anew"))
	default:
		all = append(all, ok(what, "it is "+status+", with the keys "+partitionKey+" and "+sortKey))
	}
	return append(all, expires(ctx, name))
}

// expires looks at whether records expire.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html
func expires(ctx context.Context, name string) notify.Check {
	const what = "expiry"
	var of struct {
		TimeToLiveDescription struct{ TimeToLiveStatus, AttributeName string }
	}
	if err := (action{service: dynamoDB(), name: "DescribeTimeToLive"}.call(ctx, map[string]string{"TableName": name}, &of)); err != nil {
		return missing(what, err, "there is no such table")
	}
	ttl := of.TimeToLiveDescription
	isOn := ttl.TimeToLiveStatus == "ENABLED" || ttl.TimeToLiveStatus == "ENABLING"
	if !isOn || ttl.AttributeName != expiry {
		return fault(what, fmt.Sprintf("records never expire, so that the table grows without end; aws dynamodb update-time-to-live "+
			"--table-name %s --time-to-live-specification Enabled=true,AttributeName=%s", name, expiry))
	}
	return ok(what, "records expire by "+expiry)
}
