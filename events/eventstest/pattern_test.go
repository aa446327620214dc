package eventstest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/events/eventstest"
)

// pair is a pattern and an event, and whether EventBridge lets the event through.
type pair struct {
	Pattern string `json:"pattern"`
	Event   string `json:"event"`
	Want    bool   `json:"want"`
	// motoErrs says why moto, which knows patterns too, is asked nothing here: it has another
	// answer than the one that AWS documents.
	motoErrs string
}

// pairs are what AWS documents, one after the other.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
func pairs() []pair {
	const noObjects = "it does not look into lists of objects"
	return []pair{
		// Values are compared letter by letter and by type.
		{Pattern: `{"a":["x"]}`, Event: `{"a":"x"}`, Want: true},
		{Pattern: `{"a":["x"]}`, Event: `{"a":"X"}`},
		{Pattern: `{"a":["x","y"]}`, Event: `{"a":"y","b":1}`, Want: true},
		{Pattern: `{"a":["x"]}`, Event: `{"b":"x"}`},
		{Pattern: `{"a":[""]}`, Event: `{"a":""}`, Want: true},
		{Pattern: `{"a":[""]}`, Event: `{"a":null}`},
		{Pattern: `{"a":[null]}`, Event: `{"a":null}`, Want: true},
		{Pattern: `{"a":[null]}`, Event: `{}`},
		{Pattern: `{"a":[true]}`, Event: `{"a":true}`, Want: true},
		{Pattern: `{"a":[true]}`, Event: `{"a":"true"}`},
		{Pattern: `{"a":[300]}`, Event: `{"a":300}`, Want: true},
		{Pattern: `{"a":[300]}`, Event: `{"a":"300"}`},
		{Pattern: `{"a":[300]}`, Event: `{"a":300.0}`, motoErrs: "to Python 300 is 300.0"},
		// Every field has to match, at its place.
		{Pattern: `{"a":["x"],"b":["y"]}`, Event: `{"a":"x","b":"y"}`, Want: true},
		{Pattern: `{"a":["x"],"b":["y"]}`, Event: `{"a":"x","b":"z"}`},
		{Pattern: `{"a":{"b":["x"]}}`, Event: `{"a":{"b":"x","c":"y"}}`, Want: true},
		{Pattern: `{"a":{"b":["x"]}}`, Event: `{"b":"x"}`},
		{Pattern: `{"a":{"b":["x"]}}`, Event: `{"a":"x"}`},
		{Pattern: `{"a":["x"]}`, Event: `{"a":{"b":"x"}}`},
		// Texts.
		{Pattern: `{"a":[{"prefix":"us-"}]}`, Event: `{"a":"us-east-1"}`, Want: true},
		{Pattern: `{"a":[{"prefix":"us-"}]}`, Event: `{"a":"US-east-1"}`},
		{Pattern: `{"a":[{"prefix":"1"}]}`, Event: `{"a":12}`},
		{Pattern: `{"a":[{"prefix":{"equals-ignore-case":"us-"}}]}`, Event: `{"a":"US-east-1"}`, Want: true},
		{Pattern: `{"a":[{"suffix":".png"}]}`, Event: `{"a":"i.png"}`, Want: true},
		{Pattern: `{"a":[{"suffix":".png"}]}`, Event: `{"a":"i.PNG"}`},
		{Pattern: `{"a":[{"suffix":{"equals-ignore-case":".png"}}]}`, Event: `{"a":"i.PNG"}`, Want: true},
		{Pattern: `{"a":[{"equals-ignore-case":"alice"}]}`, Event: `{"a":"ALICE"}`, Want: true},
		{Pattern: `{"a":[{"equals-ignore-case":"alice"}]}`, Event: `{"a":"ALICIA"}`},
		{Pattern: `{"a":[{"wildcard":"*/bin/*.png"}]}`, Event: `{"a":"/home/bin/x.png"}`, Want: true},
		{Pattern: `{"a":[{"wildcard":"*/bin/*.png"}]}`, Event: `{"a":"/home/bin.png"}`},
		{Pattern: `{"a":[{"wildcard":"ab*ba"}]}`, Event: `{"a":"aba"}`},
		{Pattern: `{"a":[{"wildcard":"a*b*c"}]}`, Event: `{"a":"axbxbc"}`, Want: true},
		{Pattern: `{"a":[{"wildcard":"a\\*"}]}`, Event: `{"a":"a*"}`, Want: true},
		{Pattern: `{"a":[{"wildcard":"a\\*"}]}`, Event: `{"a":"ab"}`},
		// Anything but.
		{Pattern: `{"a":[{"anything-but":"x"}]}`, Event: `{"a":"y"}`, Want: true},
		{Pattern: `{"a":[{"anything-but":"x"}]}`, Event: `{"a":"x"}`},
		{Pattern: `{"a":[{"anything-but":"x"}]}`, Event: `{"b":"y"}`},
		{Pattern: `{"a":[{"anything-but":["x","y"]}]}`, Event: `{"a":"y"}`},
		{Pattern: `{"a":[{"anything-but":[100,200]}]}`, Event: `{"a":300}`, Want: true},
		{Pattern: `{"a":[{"anything-but":[100,200]}]}`, Event: `{"a":200}`},
		{Pattern: `{"a":[{"anything-but":{"prefix":"init"}}]}`, Event: `{"a":"init-1"}`},
		{Pattern: `{"a":[{"anything-but":{"prefix":["i","j"]}}]}`, Event: `{"a":"job"}`},
		{Pattern: `{"a":[{"anything-but":{"suffix":".png"}}]}`, Event: `{"a":"i.gif"}`, Want: true},
		{Pattern: `{"a":[{"anything-but":{"equals-ignore-case":["x","y"]}}]}`, Event: `{"a":"Y"}`},
		{Pattern: `{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}`, Event: `{"a":"/a/lib/b"}`},
		{Pattern: `{"a":[{"anything-but":"x"}]}`, Event: `{"a":["x","y"]}`, Want: true},
		// Numbers, which a text never is.
		{Pattern: `{"a":[{"numeric":[">=",4]}]}`, Event: `{"a":4.0}`, Want: true},
		{Pattern: `{"a":[{"numeric":[">=",4]}]}`, Event: `{"a":3.999999}`},
		{Pattern: `{"a":[{"numeric":[">=",4]}]}`, Event: `{"a":"8"}`},
		{Pattern: `{"a":[{"numeric":[">=",4]}]}`, Event: `{"a":null}`},
		{Pattern: `{"a":[{"numeric":[">",0,"<=",5]}]}`, Event: `{"a":5}`, Want: true},
		{Pattern: `{"a":[{"numeric":[">",0,"<=",5]}]}`, Event: `{"a":0}`},
		{Pattern: `{"a":[{"numeric":["=",3.018e2]}]}`, Event: `{"a":301.8}`, Want: true},
		{Pattern: `{"a":[{"numeric":[">",0]}]}`, Event: `{"a":5000000001}`, motoErrs: "it knows no largest number"},
		{Pattern: `{"a":[{"numeric":["<",10]}]}`, Event: `{"a":true}`, motoErrs: "to Python true is 1"},
		// A field exists if it has a value; an object and an empty list have none.
		{Pattern: `{"a":[{"exists":true}]}`, Event: `{"a":null}`, Want: true},
		{Pattern: `{"a":[{"exists":true}]}`, Event: `{}`},
		{Pattern: `{"a":[{"exists":false}]}`, Event: `{"b":1}`, Want: true},
		{Pattern: `{"a":[{"exists":false}]}`, Event: `{"a":""}`},
		{Pattern: `{"a":[{"exists":true}]}`, Event: `{"a":{"b":1}}`},
		{Pattern: `{"a":[{"exists":false}]}`, Event: `{"a":{"b":1}}`, Want: true},
		{Pattern: `{"a":[{"exists":false}]}`, Event: `{"a":[]}`, Want: true, motoErrs: "to it an empty list is a value"},
		{Pattern: `{"a":{"b":[{"exists":false}]}}`, Event: `{}`, Want: true},
		{Pattern: `{"a":[{"exists":false},"x"]}`, Event: `{"a":"x"}`, Want: true},
		// Addresses.
		{Pattern: `{"a":[{"cidr":"10.0.0.0/24"}]}`, Event: `{"a":"10.0.0.255"}`, Want: true},
		{Pattern: `{"a":[{"cidr":"10.0.0.0/24"}]}`, Event: `{"a":"10.0.1.0"}`},
		{Pattern: `{"a":[{"cidr":"2001:db8::/32"}]}`, Event: `{"a":"2001:db8::1"}`, Want: true},
		{Pattern: `{"a":[{"cidr":"10.0.0.0/24"}]}`, Event: `{"a":"no address"}`},
		// Alternatives.
		{Pattern: `{"s":["x"],"$or":[{"a":["1"]},{"b":["2"]}]}`, Event: `{"s":"x","b":"2"}`, Want: true},
		{Pattern: `{"s":["x"],"$or":[{"a":["1"]},{"b":["2"]}]}`, Event: `{"s":"y","b":"2"}`},
		{Pattern: `{"s":["x"],"$or":[{"a":["1"]},{"b":["2"]}]}`, Event: `{"s":"x","b":"1"}`},
		{Pattern: `{"d":{"$or":[{"a":["1"],"c":["3"]},{"b":["2"]}]}}`, Event: `{"d":{"a":"1","c":"4"}}`},
		{Pattern: `{"d":{"$or":[{"a":["1"],"$or":[{"e":["5"]},{"f":["6"]}]},{"b":["2"]}]}}`, Event: `{"d":{"a":"1","f":"6"}}`, Want: true},
		// Lists: any element will do.
		{Pattern: `{"a":["x","y"]}`, Event: `{"a":["z","y"]}`, Want: true},
		{Pattern: `{"a":["x"]}`, Event: `{"a":[]}`},
		{Pattern: `{"a":["x"]}`, Event: `{"a":[["w","x"]]}`, Want: true, motoErrs: "it does not look into lists of lists"},
		{Pattern: `{"a":[{"numeric":[">",7]}]}`, Event: `{"a":[1,8]}`, Want: true},
		// Lists of objects: the names go on inside, but no two may match in different elements.
		{Pattern: `{"e":{"f":["Anna"]}}`, Event: `{"e":[{"f":"John"},{"f":"Anna"}]}`, Want: true, motoErrs: noObjects},
		{Pattern: `{"e":{"f":["Anna"],"l":["Smith"]}}`, Event: `{"e":[{"f":"John","l":"Doe"},{"f":"Anna","l":"Smith"}]}`, Want: true, motoErrs: noObjects},
		{Pattern: `{"e":{"f":["Anna"],"l":["Doe"]}}`, Event: `{"e":[{"f":"John","l":"Doe"},{"f":"Anna","l":"Smith"}]}`},
		{Pattern: `{"e":{"f":["Anna"],"l":["Doe"]}}`, Event: `{"e":[[{"f":"John","l":"Doe"}],[{"f":"Anna","l":"Smith"}]]}`},
		{Pattern: `{"e":{"f":["Anna"]},"g":{"l":["Doe"]}}`, Event: `{"e":[{"f":"Anna"}],"g":[{"l":"x"},{"l":"Doe"}]}`, Want: true, motoErrs: noObjects},
		{Pattern: `{"e":{"t":["x","y"],"n":["z"]}}`, Event: `{"e":[{"t":["x"],"n":"w"},{"t":["y"],"n":"z"}]}`, Want: true, motoErrs: noObjects},
		{Pattern: `{"e":{"f":["Anna"],"l":[{"exists":false}]}}`, Event: `{"e":[{"f":"Anna"},{"f":"John","l":"Doe"}]}`, Want: true, motoErrs: noObjects},
		{Pattern: `{"e":{"l":[{"exists":false}]}}`, Event: `{"e":[{"f":"Anna"},{"l":"Doe"}]}`, motoErrs: noObjects},
		{Pattern: `{"e":{"$or":[{"f":["Anna"],"l":["Doe"]},{"f":["John"],"l":["Doe"]}]}}`, Event: `{"e":[{"f":"John","l":"Doe"},{"f":"Anna"}]}`, Want: true, motoErrs: noObjects},
	}
}

func TestMatches(t *testing.T) {
	for _, p := range pairs() {
		check(t, p)
	}
}

func check(t *testing.T, p pair) {
	t.Helper()
	var pattern map[string]any
	if err := json.Unmarshal([]byte(p.Pattern), &pattern); err != nil {
		t.Fatal(err)
	}
	got, err := eventstest.Matches(pattern, []byte(p.Event))
	if err != nil || got != p.Want {
		t.Errorf("%s on %s: got %t (%v), want %t", p.Pattern, p.Event, got, err, p.Want)
	}
}

// What EventBridge refuses is an error, and no pattern that matches nothing.
func TestInvalidPattern(t *testing.T) {
	many := `{"a":["` + strings.Repeat("x", 2048) + `"]}`
	or := `"$or":[{"%[1]s1":["x"]},{"%[1]s2":["x"]},{"%[1]s3":["x"]},{"%[1]s4":["x"]},{"%[1]s5":["x"]},{"%[1]s6":["x"]}]`
	ways := `{"a":{` + fmt.Sprintf(or, "a") + `},"b":{` + fmt.Sprintf(or, "b") + `},"c":{` + fmt.Sprintf(or, "c") +
		`},"d":{` + fmt.Sprintf(or, "d") + `}}`
	for _, pattern := range []string{
		`{}`, `[]`, `{"a":"x"}`, `{"a":1}`, `{"a":[]}`, `{"a":{}}`, `{"a":[[]]}`, `{"a":[["x"]]}`, many, ways,
		`{"a":[{}]}`, `{"a":[{"prefix":"x","suffix":"y"}]}`, `{"a":[{"contains":"x"}]}`,
		`{"a":[{"prefix":1}]}`, `{"a":[{"prefix":{"suffix":"x"}}]}`, `{"a":[{"prefix":["x"]}]}`, `{"a":[{"equals-ignore-case":1}]}`,
		`{"a":[{"wildcard":"a**b"}]}`, `{"a":[{"wildcard":"**"}]}`, `{"a":[{"wildcard":"a\\b"}]}`, `{"a":[{"wildcard":"a\\"}]}`,
		`{"a":[{"exists":"true"}]}`, `{"a":[{"exists":1}]}`, `{"a":[{"cidr":"10.0.0.0"}]}`, `{"a":[{"cidr":1}]}`,
		`{"a":[{"numeric":[]}]}`, `{"a":[{"numeric":[">"]}]}`, `{"a":[{"numeric":["~",1]}]}`, `{"a":[{"numeric":[">","1"]}]}`,
		`{"a":[{"numeric":[">",5e10]}]}`, `{"a":[{"numeric":["<",1,">",2]}]}`, `{"a":[{"numeric":5}]}`,
		`{"a":[{"anything-but":[]}]}`, `{"a":[{"anything-but":["x",1]}]}`, `{"a":[{"anything-but":null}]}`, `{"a":[{"anything-but":true}]}`,
		`{"a":[{"anything-but":{"prefix":""}}]}`, `{"a":[{"anything-but":{"prefix":[]}}]}`, `{"a":[{"anything-but":{"numeric":[">",1]}}]}`,
		`{"$or":[{"a":["x"]}]}`, `{"$or":{"a":["x"]}}`, `{"$or":["x","y"]}`, `{"$or":[{"a":["x"]},{}]}`, `{"$or":[{"prefix":["x"]},{"a":["x"]}]}`,
		`{"a":["x"],"$or":[{"a":["y"]},{"b":["x"]}]}`,
	} {
		var value any
		if err := json.Unmarshal([]byte(pattern), &value); err != nil {
			t.Fatal(err)
		}
		if _, err := eventstest.CompilePattern(value); err == nil {
			t.Errorf("%.80s: no error", pattern)
		}
	}
	for _, event := range []string{``, `[]`, `"x"`, `{"a":`} {
		if _, err := eventstest.Matches(map[string]any{"a": []any{"x"}}, []byte(event)); err == nil {
			t.Errorf("event %q: no error", event)
		}
	}
}
