package eventstest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

// ask reads pairs from its standard input and writes moto's answers.
const ask = `
import json, sys
from moto.events.models import EventPattern
print(json.dumps([EventPattern.load(p["pattern"]).matches_event(json.loads(p["event"])) for p in json.load(sys.stdin)]))
`

// moto, an emulator of AWS, has a matcher of its own. Where it does as AWS documents, the two have
// one answer: for every documented pair, and for some thousands that nobody has thought of.
func TestMotoSaysTheSame(t *testing.T) {
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import moto.events.models").Run(); err != nil {
		t.Skip("skipped: python3 has no moto (pip install 'moto[events]'), the second opinion on patterns")
	}
	var asked []pair
	for _, p := range pairs() {
		if p.motoErrs == "" {
			asked = append(asked, p)
		}
	}
	documented := len(asked)
	random := rand.New(rand.NewPCG(1, 2)) // the same pairs in each run
	for range 3000 {
		asked = append(asked, pair{Pattern: randomPattern(random, 3), Event: randomObject(random, 3, randomValue)})
	}
	matched := 0
	for i, answer := range motoAnswers(t, asked) {
		if i < documented && answer != asked[i].Want {
			t.Errorf("moto on %s and %s: %t", asked[i].Pattern, asked[i].Event, answer)
		}
		asked[i].Want = answer
		check(t, asked[i])
		if answer {
			matched++
		}
	}
	if matched < len(asked)/10 {
		t.Errorf("%d of %d match: what is asked says little", matched, len(asked))
	}
	t.Logf("%d pairs, %d of them documented; %d match", len(asked), documented, matched)
}

func motoAnswers(t *testing.T, asked []pair) []bool {
	t.Helper()
	input, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "python3", "-c", ask)
	command.Stdin = bytes.NewReader(input)
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []bool
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(asked) {
		t.Fatalf("%d answers: %v", len(answers), err)
	}
	return answers
}

// randomObject returns an object with some of the names a to d, objects among their values.
func randomObject(random *rand.Rand, depth int, value func(*rand.Rand) string) string {
	var members []string
	for _, name := range "abcd" {
		switch at := random.IntN(10); {
		case at < 3 && name != 'a':
		case at == 3 && depth > 0:
			members = append(members, fmt.Sprintf("%q:%s", string(name), randomObject(random, depth-1, value)))
		default:
			members = append(members, fmt.Sprintf("%q:%s", string(name), value(random)))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// randomValue leaves out what moto has other answers for: lists in lists, objects in lists and
// empty lists.
func randomValue(random *rand.Rand) string {
	scalar := func() string {
		return oneOf(random, `"x"`, `"xy"`, `"X"`, `"10.0.0.1"`, `""`, `null`, `1`, `2.5`, `7`, `-3`)
	}
	if random.IntN(4) == 0 {
		return "[" + scalar() + "," + scalar() + "]"
	}
	return scalar()
}

func randomPattern(random *rand.Rand, depth int) string {
	if random.IntN(4) == 0 && depth > 0 {
		return fmt.Sprintf(`{"$or":[%s,%s]}`, randomPattern(random, depth-1), randomPattern(random, depth-1))
	}
	return randomObject(random, 1, func(random *rand.Rand) string {
		condition := func() string {
			return oneOf(random, `"x"`, `""`, `null`, `1`, `{"exists":true}`, `{"exists":false}`, `{"prefix":"x"}`, `{"suffix":"y"}`,
				`{"equals-ignore-case":"x"}`, `{"wildcard":"x*"}`, `{"anything-but":"x"}`, `{"anything-but":[1,7]}`,
				`{"anything-but":{"prefix":"x"}}`, `{"numeric":[">=",2.5]}`, `{"numeric":[">",0,"<",3]}`, `{"cidr":"10.0.0.0/8"}`)
		}
		return "[" + condition() + "," + condition() + "," + condition() + "]"
	})
}

func oneOf(random *rand.Rand, choices ...string) string { return choices[random.IntN(len(choices))] }
