package tableserver_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tocsin-sec/tocsin/test/moto"
)

// call is a call and what comes of it: items in short, or the code of the error.
type call struct {
	name, want string
	do         func(*testing.T, *dynamodb.Client) string
}

// The calls are made one after another on one table. What is wanted is what DynamoDB's documents say.
func calls() []call {
	long := strings.Repeat("x", 2000)
	has := values(":one", 1)
	return []call{
		{"get of nothing", "none", get("a")},
		{"put", "none", put(item("a", "n", 1, "s", "text"), "")},
		{"get", `{"n":1,"s":"text","sk":"a"}`, get("a")},
		{"put over it", `{"n":1,"s":"text","sk":"a"}`, put(item("a", "n", number("1.50"), "s", "", "set", []string{"x"}), "")},
		{"get of what was put over it", `{"n":1.5,"s":"","set":["x"],"sk":"a"}`, get("a")},
		{"put if there is none, and there is one", "condition", put(item("a"), "attribute_not_exists(n)")},
		{"the same with a name", "condition", put(item("a"), "attribute_not_exists(#n)", "#n", "n")},
		{"put if there is none of another name", `{"n":1.5,"s":"","set":["x"],"sk":"a"}`, put(item("a", "n", 2), "attribute_not_exists(z)")},
		{"put if equal", `{"n":2,"sk":"a"}`, put(item("a", "n", 1), "n = :n", ":n", number("2.0"))},
		{"put if not equal", "condition", put(item("a"), "n <> :one", ":one", 1)},
		{"put if equal, of another type", "condition", put(item("a"), "n = :n", ":n", "1")},
		{"put if less", "condition", put(item("a"), "n < :one", ":one", 1)},
		{"AND before OR", `{"n":1,"sk":"a"}`, put(item("a", "n", 1), "n = :one OR n = :two AND n = :three", ":one", 1, ":two", 2, ":three", 3)},
		{"parentheses", "condition", put(item("a"), "(n = :one OR n = :two) AND n = :three", ":one", 1, ":two", 2, ":three", 3)},
		{"NOT before AND", "condition", put(item("a"), "NOT n = :one AND n = :one", ":one", 1)},
		{"words in small letters", `{"n":1,"sk":"a"}`, put(item("a", "n", 1), "not n = :two and n = :one", ":one", 1, ":two", 2)},
		{"begins_with", `{"n":1,"sk":"a"}`, put(item("a", "n", 1, "s", "abc"), "begins_with(sk, :a) AND attribute_exists(n)", ":a", "a")},
		{"does not begin with", "condition", put(item("a"), "begins_with(s, :a)", ":a", "b")},
		{"comparison of what is not there", "condition", put(item("a"), "z = :one", ":one", 1)},

		{"refused, and the item comes with it", `condition {"n":1,"s":"abc","sk":"a"}`, update("a", change{set: "SET n = :two", condition: "n = :two", values: values(":two", 2), itemToo: true})},
		{"refused, and there is no item", "condition", update("none", change{set: "SET n = :two", condition: "attribute_exists(n)", values: values(":two", 2), itemToo: true})},
		{"ADD to nothing", `{"n":1}`, update("b", change{set: "ADD n :one", values: has, returns: types.ReturnValueUpdatedNew})},
		{"ADD", `{"n":2}`, update("b", change{set: "ADD n :one", values: has, returns: types.ReturnValueUpdatedNew})},
		{"ADD and SET", `{"expires":7,"n":3}`, update("b", change{set: "ADD n :one SET expires = :e", values: values(":one", 1, ":e", 7), returns: types.ReturnValueUpdatedNew})},
		{"SET with if_not_exists", `{"m":1,"n":3}`, update("b", change{set: "SET m = if_not_exists(m, :one), n = if_not_exists(n, :one)", values: has, returns: types.ReturnValueUpdatedNew})},
		{"SET a sum", `{"m":4}`, update("b", change{set: "SET m = m + n", returns: types.ReturnValueUpdatedNew})},
		{"SET a difference of what may not be there", `{"k":-1}`, update("b", change{set: "SET k = if_not_exists(k, :zero) - :one", values: values(":zero", 0, ":one", 1), returns: types.ReturnValueUpdatedNew})},
		{"each sees the item as it was", `{"k":3,"n":-1}`, update("b", change{set: "SET k = n, n = k", returns: types.ReturnValueUpdatedNew})},
		{"the item before", `{"expires":7,"k":3,"m":4,"n":-1,"sk":"b"}`, update("b", change{set: "REMOVE k, z SET m = :one", values: has, returns: types.ReturnValueAllOld})},
		{"the attributes before", `{"m":1}`, update("b", change{set: "SET m = :two, fresh = :two", values: values(":two", 2), returns: types.ReturnValueUpdatedOld})},
		{"the item after", `{"expires":7,"fresh":2,"m":2,"n":-1,"sk":"b"}`, update("b", change{returns: types.ReturnValueAllNew})},
		{"ADD to a set", `{"set":["x","y"]}`, update("c", change{set: "ADD #set :s", names: map[string]string{"#set": "set"}, values: values(":s", []string{"x", "y"}), returns: types.ReturnValueUpdatedNew})},
		{"ADD a number to a text", "Validation", update("a", change{set: "ADD s :one", values: has})},
		{"SET to what is not there", "Validation", update("a", change{set: "SET m = z"})},
		{"a key is not changed", "Validation", update("a", change{set: "SET sk = :one", values: values(":one", "x")})},
		{"two changes of one attribute", "Validation", update("a", change{set: "SET m = :one REMOVE m", values: has})},
		{"SET twice", "Validation", update("a", change{set: "SET m = :one SET k = :one", values: has})},
		{"a list within the item", `{"l":"{\"x\":1}","sk":"d"}`, update("d", change{set: "SET l = :l", values: values(":l", values("x", 1)), returns: types.ReturnValueAllNew})},

		{"query", `{"n":1,"s":"abc","sk":"a"} {"expires":7,"fresh":2,"m":2,"n":-1,"sk":"b"} {"set":["x","y"],"sk":"c"} {"l":"{\"x\":1}","sk":"d"}`, query("pk = :p", ":p", "p")},
		{"query of nothing", "", query("pk = :p", ":p", "q")},
		{"query of a part", `{"set":["x","y"],"sk":"c"} {"l":"{\"x\":1}","sk":"d"}`, query("pk = :p AND sk > :s", ":p", "p", ":s", "b")},
		{"query of a beginning", `{"n":1,"s":"abc","sk":"a"}`, query("pk = :p AND begins_with(sk, :s)", ":p", "p", ":s", "a")},
		{"query without a partition", "Validation", query("sk = :s", ":s", "a")},
		{"scan", "2 items and more", scan(2)},
		{"delete", `{"set":["x","y"],"sk":"c"}`, remove("c", "attribute_exists(pk)")},
		{"delete of nothing", "none", remove("c", "")},
		{"delete on a condition", "condition", remove("c", "attribute_exists(pk)")},

		{"a name that is not used", "Validation", put(item("a"), "attribute_exists(n)", "#n", "n")},
		{"a value that is not used", "Validation", put(item("a"), "attribute_exists(n)", ":n", 1)},
		{"a name that is not there", "Validation", put(item("a"), "attribute_exists(#n)")},
		{"a value that is not there", "Validation", put(item("a"), "n = :n")},
		{"names without an expression", "Validation", put(item("a"), "", "#n", "n")},
		{"a reserved word", "Validation", put(item("a"), "attribute_exists(number)")},
		{"an unknown function", "Validation", put(item("a"), "attribute_is_there(n)")},
		{"an expression that does not end", "Validation", put(item("a"), "n = :one AND", ":one", 1)},
		{"a sign that is none", "Validation", put(item("a"), "n == :one", ":one", 1)},
		{"needless parentheses", "Validation", put(item("a"), "((n = :one))", ":one", 1)},
		{"existence of a value", "Validation", put(item("a"), "attribute_exists(:one)", ":one", 1)},
		{"an attribute compared with itself", "Validation", put(item("a"), "n = n")},
		{"an empty partition key", "Validation", put(values("pk", "", "sk", "a"), "")},
		{"an empty sort key", "Validation", put(item(""), "")},
		{"a long sort key", "none", put(item(long[:1024]), "")},
		{"too long a sort key", "Validation", put(item(long[:1025]), "")},
		{"too long a partition key", "Validation", put(values("pk", long+long[:49], "sk", "a"), "")},
		{"a key of another type", "Validation", put(values("pk", 1, "sk", "a"), "")},
		{"no sort key", "Validation", put(values("pk", "p"), "")},
		{"a large item", "none", put(item("large", "s", strings.Repeat("x", 400<<10-2-1-2-5-1)), "")},
		{"too large an item", "Validation", put(item("large", "s", strings.Repeat("x", 400<<10-2-1-2-5)), "")},
		{"too large an item by an update", "Validation", update("large", change{set: "SET m = :one", values: has})},
		{"a number that is none", "Validation", put(item("a", "n", number("1x")), "")},
		{"a number of too many digits", "Validation", put(item("a", "n", number("1."+strings.Repeat("1", 38))), "")},
		{"an empty set", "Validation", put(item("a", "set", []string{}), "")},
		{"a table that is not there", "ResourceNotFound", func(t *testing.T, c *dynamodb.Client) string {
			_, err := c.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("other"), Key: key("a")})
			return failed(err)
		}},
	}
}

// The table server answers as the table of calls says. So do the emulators, but for their mistakes,
// which stand here.
func TestAnswersAlike(t *testing.T) {
	for _, server := range []struct {
		name    string
		start   func(*testing.T) string
		differs map[string]string
	}{
		{"table server", func(t *testing.T) string { _, url := start(t); return url }, nil},
		{"dynalite", startDynalite, map[string]string{
			"refused, and the item comes with it": "condition", // it does not know that parameter
		}},
		{"moto", moto.Start, mistakesOfMoto()},
	} {
		t.Run(server.name, func(t *testing.T) {
			client := newClient(t, server.start(t))
			for _, call := range calls() {
				want, isOther := server.differs[call.name]
				if !isOther {
					want = call.want
				}
				if got := call.do(t, client); got != want {
					t.Errorf("%s: %s, want %s", call.name, got, want)
				}
			}
		})
	}
}

// mistakesOfMoto are moto's answers that are not DynamoDB's.
func mistakesOfMoto() map[string]string {
	return map[string]string{
		// numbers stay as they were written
		"get of what was put over it":          `{"n":1.50,"s":"","set":["x"],"sk":"a"}`,
		"put if there is none of another name": `{"n":1.50,"s":"","set":["x"],"sk":"a"}`,
		"a number of too many digits":          `{"sk":"a"}`,
		// what an update leaves as it was is not in UPDATED_NEW, and the keys are where the item is new
		"ADD to nothing":         `{"n":1,"sk":"b"}`,
		"ADD to a set":           `{"set":["x","y"],"sk":"c"}`,
		"SET with if_not_exists": `{"m":1}`,
		// it breaks on what it should refuse
		"the item after":                  "status 500",
		"a name that is not there":        "status 500",
		"a value that is not there":       "status 500",
		"an unknown function":             "status 500",
		"an expression that does not end": "status 500",
		"a sign that is none":             "status 500",
		"existence of a value":            "status 500",
		// it takes what it should refuse
		"a value that is not used":          `{"n":1,"s":"abc","sk":"a"}`,
		"an attribute compared with itself": `{"sk":"a"}`,
		"a large item":                      "Validation", // its limit is a little lower
		"too large an item by an update":    "none",
	}
}

func item(sort string, pairs ...any) map[string]types.AttributeValue {
	return values(append([]any{"pk", "p", "sk", sort}, pairs...)...)
}

func get(sort string) func(*testing.T, *dynamodb.Client) string {
	return func(t *testing.T, c *dynamodb.Client) string {
		output, err := c.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("tables"), Key: key(sort), ConsistentRead: aws.Bool(true)})
		if err != nil {
			return failed(err)
		}
		return text(output.Item)
	}
}

// named divides what an expression is read with, in pairs, into names and values; nil for none.
func named(pairs []any) (names map[string]string, of map[string]types.AttributeValue) {
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		if name[0] == '#' {
			names = map[string]string{name: pairs[i+1].(string)}
			continue
		}
		if of == nil {
			of = map[string]types.AttributeValue{}
		}
		of[name] = value(pairs[i+1])
	}
	return names, of
}

func optional(expression string) *string {
	if expression == "" {
		return nil
	}
	return &expression
}

func put(item map[string]types.AttributeValue, condition string, pairs ...any) func(*testing.T, *dynamodb.Client) string {
	return func(t *testing.T, c *dynamodb.Client) string {
		names, of := named(pairs)
		output, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String("tables"), Item: item, ReturnValues: types.ReturnValueAllOld, ConditionExpression: optional(condition),
			ExpressionAttributeNames: names, ExpressionAttributeValues: of,
		})
		if err != nil {
			return failed(err)
		}
		return text(output.Attributes)
	}
}

// change is an update.
type change struct {
	set, condition string
	names          map[string]string
	values         map[string]types.AttributeValue
	returns        types.ReturnValue
	itemToo        bool // a condition that does not hold answers with the item
}

func update(sort string, ch change) func(*testing.T, *dynamodb.Client) string {
	return func(t *testing.T, c *dynamodb.Client) string {
		input := &dynamodb.UpdateItemInput{
			TableName: aws.String("tables"), Key: key(sort), UpdateExpression: optional(ch.set), ConditionExpression: optional(ch.condition),
			ExpressionAttributeNames: ch.names, ExpressionAttributeValues: ch.values, ReturnValues: ch.returns,
		}
		if ch.itemToo {
			input.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
		}
		output, err := c.UpdateItem(t.Context(), input)
		if err != nil {
			return failed(err)
		}
		return text(output.Attributes)
	}
}

func remove(sort, condition string) func(*testing.T, *dynamodb.Client) string {
	return func(t *testing.T, c *dynamodb.Client) string {
		output, err := c.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
			TableName: aws.String("tables"), Key: key(sort), ConditionExpression: optional(condition), ReturnValues: types.ReturnValueAllOld,
		})
		if err != nil {
			return failed(err)
		}
		return text(output.Attributes)
	}
}

func query(condition string, pairs ...any) func(*testing.T, *dynamodb.Client) string {
	return func(t *testing.T, c *dynamodb.Client) string {
		_, of := named(pairs)
		output, err := c.Query(t.Context(), &dynamodb.QueryInput{
			TableName: aws.String("tables"), KeyConditionExpression: &condition, ExpressionAttributeValues: of, ConsistentRead: aws.Bool(true),
		})
		if err != nil {
			return failed(err)
		}
		return text(output.Items...)
	}
}

func scan(limit int32) func(*testing.T, *dynamodb.Client) string {
	return func(t *testing.T, c *dynamodb.Client) string {
		output, err := c.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("tables"), Limit: &limit})
		if err != nil {
			return failed(err)
		}
		if len(output.Items) != int(limit) || output.LastEvaluatedKey == nil {
			return text(output.Items...)
		}
		return "2 items and more"
	}
}
