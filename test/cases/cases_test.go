// Package cases_test holds the command line against small inputs that once gave a wrong answer, each
// with its right one. The inputs stand beside the project; where they are not, the test says so and
// is skipped. The tests of each package hold the same answers with data of their own.
package cases_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tocsin-sec/tocsin/sinks/slack/slacktest"
)

const folder = "../../../shared/cases"

// right is what is right about the output of a case: all texts of has stand in it, none of lacks,
// and so many messages were posted to Slack.
type right struct {
	has, lacks []string
	posts      int
}

// answers returns the right answers by the number of the case.
func answers() map[string]right {
	const ssh = "Brute-force attack over SSH"
	return map[string]right{
		"01": {has: []string{"would compare levels by the alphabet"}},
		"03": {has: []string{"1 resolved"}},
		"05": {has: []string{"40 resolved"}},
		"07": {has: []string{"444455556666", "i-0a1b2c3d4e5f60718"}, lacks: []string{"111122223333"}},
		"09": {has: []string{"i-0a1b2c3d4e5f60710", "i-0a1b2c3d4e5f60711", "i-0a1b2c3d4e5f60712", "i-0a1b2c3d4e5f60713"}},
		"11": {has: []string{"2026-05-01 05:00", "2026-05-01 07:00"}},
		"13": {has: []string{"2026-05-30 12:00", "2026-05-30 14:00", "2026-05-14 09:00"}, lacks: []string{"First seen  2026-05-30", "Last seen   2026-05-30"}},
		"14": {has: []string{"[CLOSED]", "2 delivered"}},
		"15": {has: []string{"In alarm", "OK again", "2 delivered"}},
		"16": {has: []string{"1 resolved"}, lacks: []string{"HIGH"}},
		"19": {has: []string{"In alarm", "OK again"}},
		"20": {has: []string{"In alarm", "root-usage", "111122223333", "eu-west-1"}},
		"21": {has: []string{"UnauthorizedAccess:EC2/SSHBruteForce", "444455556666", "HIGH"}},
		"23": {has: []string{"CVE-2026-0001", "CRITICAL", "shop/api:1.4.2", "1.2.13"}},
		"24": {has: []string{"CRITICAL", "deploy", "AKIAIOSFODNN7EXAMPLE", "code[.]example[.]com"}},
		"25": {has: []string{"HIGH", "Public: anyone may s3:GetObject, s3:PutObject on bucket example-public"}},
		"27": {has: []string{"shop/api:1.4.2", "zlib 1.2.11", "1.2.13", "0.97", "4"}},
		"28": {has: []string{"example-data", "keys/prod.env", "4 AWS", "Team"}},
		"30": {has: []string{"HIGH", "Malware in example-uploads/in/a.zip: EICAR-Test-File"}, lacks: []string{"fId="}},
		"31": {has: []string{"Root signed in to the console, without MFA, successfully", "198.51.100.7", "2026-05-01 09:59"}, lacks: []string{"aws[.]signin"}},
		"33": {has: []string{"session-1", "DeleteTrail", "198.51.100.7", "shop-prod", "GuardDuty"}},
		"34": {has: []string{"S3.9 buckets should log access", "shop-prod", "example-logs", "us-west-1"}},
		"35": {lacks: []string{"fId=", "About this finding type"}},
		"37": {has: []string{"eusc-de-east-1.console.amazonaws-eusc.eu"}},
		"38": {has: []string{"PCI.Config.1", "john.doe", "main.tf", "requirements.txt", "evil[.]example[.]com", "pci-dss/v/3.2.1/PCI.Config.1/finding/1"}},
		"40": {has: []string{"1 delivered"}, posts: 1},
		"42": {has: []string{
			"MIN_SEVERTY: no such setting; did you mean MIN_SEVERITY?", "REPEATS: no such setting; did you mean REPEAT?",
			"MUTE: no such setting; did you mean MUTES?", "TIMEZONE: no such setting",
		}, lacks: []string{"the configuration is good"}},
		"43": {has: []string{ssh, "1 delivered, 1 duplicate"}},
	}
}

func TestCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("the cases are not here: there is no %s", folder)
	}
	program := filepath.Join(t.TempDir(), "tocsin")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/tocsin").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		want, isHeld := answers()[name[:2]]
		if !isHeld {
			t.Logf("%s is of no source: it is not held here", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			output, posts := run(t, program, file)
			for _, text := range want.has {
				if !strings.Contains(output, text) {
					t.Errorf("%q is missing", text)
				}
			}
			for _, text := range want.lacks {
				if strings.Contains(output, text) {
					t.Errorf("%q is there", text)
				}
			}
			if posts != want.posts {
				t.Errorf("%d messages were posted, want %d", posts, want.posts)
			}
			if t.Failed() {
				t.Log(output)
			}
		})
	}
}

// run runs a case, and returns what was written and how many messages were posted to Slack.
func run(t *testing.T, program, file string) (output string, posts int) {
	t.Helper()
	var c struct {
		Command string
		Env     map[string]string
		Answers string `json:"webhook_answers"`
		Events  []json.RawMessage
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	lines := filepath.Join(t.TempDir(), "in.jsonl")
	var events bytes.Buffer
	for _, event := range c.Events {
		if err := json.Compact(&events, event); err != nil {
			t.Fatal(err)
		}
		events.WriteByte('\n')
	}
	if err := os.WriteFile(lines, events.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	slack := slacktest.New(t)
	var asked atomic.Int32
	slack.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		asked.Add(1)
		isOdd := c.Answers != "" && c.Answers != "ok"
		if isOdd {
			_, _ = io.WriteString(w, c.Answers)
		}
		return isOdd
	})
	settings := filepath.Join(t.TempDir(), "tocsin.env")
	var variables strings.Builder
	for name, value := range c.Env {
		variables.WriteString(name + "=" + value + "\n")
	}
	if err := os.WriteFile(settings, []byte(variables.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := strings.Fields(strings.NewReplacer("EVENTS", lines, "FILE-OF-ENV", settings).Replace(c.Command))
	command := exec.Command(program, arguments[1:]...)
	command.Env = slices.DeleteFunc(os.Environ(), func(setting string) bool { return strings.HasPrefix(setting, "AWS_") })
	command.Env = append(command.Env, "SLACK_WEBHOOK_URL="+slack.URL())
	for name, value := range c.Env {
		command.Env = append(command.Env, name+"="+value)
	}
	out, _ := command.CombinedOutput() // the exit code is among what the case is about
	return string(out), int(asked.Load())
}
