package tocsin_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/setting"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// linkedRights returns the rights that the calls need which are linked into a program.
func linkedRights(t *testing.T, command string) map[string]bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", path, command)
	build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	symbols, err := exec.CommandContext(t.Context(), "go", "tool", "nm", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rights := map[string]bool{}
	// Calls of the SDK's clients, but for those by which a laptop gets its credentials.
	credentials := []string{"sts", "sso", "ssooidc", "signin"}
	for _, found := range regexp.MustCompile(`aws-sdk-go-v2/service/(\w+)\.\(\*Client\)\.([A-Z]\w+)`).FindAllSubmatch(symbols, -1) {
		if service := string(found[1]); !slices.Contains(credentials, service) {
			rights[service+":"+string(found[2])] = true
		}
	}
	// Calls that are signed without a client: the table names them by their rights, SQS by a header.
	for right := range calledBy(t, "pkg/table") {
		if bytes.Contains(program, []byte(right)) {
			rights[right] = true
		}
	}
	for _, action := range []string{"SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "PurgeQueue"} {
		if bytes.Contains(program, []byte("AmazonSQS."+action)) {
			rights["sqs:"+action] = true
		}
	}
	return rights
}

// The function that answers buttons may do what its program calls, and what Lambda does for it; nothing else.
func TestRightsOfActionsAreUsed(t *testing.T) {
	want := linkedRights(t, "./cmd/actions")
	if len(want) < 3 {
		t.Errorf("the program is seen to call %v only", sorted(want))
	}
	maps.Copy(want, map[string]bool{"logs:CreateLogStream": true, "logs:PutLogEvents": true})
	template := document(t, synth(t, props(withButtons)))
	_, answers := functionsOf(t, template)
	got := map[string]bool{}
	for _, statement := range rightsOf(t, template, answers) {
		for _, action := range texts(statement["Action"]) {
			got[action] = true
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("the role allows\n%v, want\n%v", sorted(got), sorted(want))
	}
}

// Each source that archives its findings has the rights that it names where it has none.
func TestRightsToArchiveAreUsed(t *testing.T) {
	seen := 0
	for _, s := range events.Table() {
		if s.Archive == nil {
			continue
		}
		seen++
		text, err := os.ReadFile(filepath.Join("../../events", s.ID, "archive.go"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, right := range regexp.MustCompile(`\b`+s.ID+`:[A-Z]\w+`).FindAllString(string(text), -1) {
			want[right] = true
		}
		template := document(t, synth(t, props(withButtons, func(p *tocsin.Props) {
			p.Env["ACTIONS_ARCHIVE"], p.Sources, p.SourceTable = "true", []string{s.ID}, []source.Source{s}
		})))
		sends, _ := functionsOf(t, template)
		got := texts(rightsOf(t, template, sends)["ArchiveFindings"]["Action"])
		if !slices.Equal(sortedTexts(got), sorted(want)) {
			t.Errorf("%s: the role allows %v, want %v", s.ID, got, sorted(want))
		}
	}
	if seen == 0 {
		t.Error("no source archives its findings")
	}
}

// What a type of sink says of its buttons are settings of its own, and those that their program reads.
func TestTypesWithButtons(t *testing.T) {
	for _, kind := range sinks.Table() {
		for _, name := range slices.Concat(kind.Elsewhere, kind.Answers) {
			if !slices.Contains(kind.Settings, name) {
				t.Errorf("%s has no setting %s", kind.Name, name)
			}
		}
		if kind.Pressed != "" && (!slices.Contains(kind.Answers, kind.Pressed) || !slices.Contains(kind.Elsewhere, kind.Pressed)) {
			t.Errorf("%s: who answers its buttons, and nobody else, reads %s: %v, %v", kind.Name, kind.Pressed, kind.Answers, kind.Elsewhere)
		}
		if kind.Name != interaction.Type {
			continue
		}
		if read := setting.Names(reflect.TypeFor[interaction.Config]()); !slices.Equal(sortedTexts(read), sortedTexts(kind.Answers)) {
			t.Errorf("%s: its buttons are answered by %v, and their program is given %v", kind.Name, read, kind.Answers)
		}
	}
}

// The program that answers takes the variables that it is given, whatever else the sinks with buttons have.
func TestVariablesOfActionsAreRead(t *testing.T) {
	template := document(t, synth(t, props(func(p *tocsin.Props) {
		p.Sinks, p.Actions = "slack,quiet=slack,oncall=slack,sns", tocsin.Actions{Actions: true, CodeBucket: "code", CodeKey: "actions.zip"}
		p.Env = map[string]string{
			"SLACK_BOT_TOKEN": secretArn, "SLACK_CHANNEL": "C0123ABCD", "SLACK_SIGNING_SECRET": arnOfSecret("sign"),
			"SLACK_USERNAME": "Tocsin", "SLACK_ICON_EMOJI": ":bell:", "SLACK_MENTION": "<!here>", "SLACK_MESSAGE_LANG": "ja", "SLACK_RATE": "1",
			"ONCALL_BOT_TOKEN": secretArn, "ONCALL_CHANNEL": "C0123ABCE", "ONCALL_SIGNING_SECRET": arnOfSecret("sign"),
			"ONCALL_API_URL": "https://slack.example.com/api/", "ONCALL_WHEN": "severity >= 7", "ONCALL_TIME_ZONE": "Asia/Tokyo",
			"QUIET_BOT_TOKEN": secretArn, "QUIET_CHANNEL": "C0123ABCF", "MENTION": "<!channel>", "RUNBOOK_URL": "https://wiki.example.com/{type}",
			"ACTIONS_ALLOW": "U012AB3CD,S0614TZR7", "ACTIONS_ARCHIVE": "true", "LOG_LEVEL": "debug", "TIME_ZONE": "Europe/Berlin", "DIGEST_AFTER": "5",
		}
	})))
	_, answers := functionsOf(t, template)
	variables := map[string]string{}
	for name, value := range answers["Environment"].(object)["Variables"].(object) {
		variables[name] = "https://sqs.eu-west-1.amazonaws.com/111122223333/findings" // for what is known later
		if known, isKnown := value.(string); isKnown {
			variables[name] = known
		}
	}
	settings := config.Texts(variables)
	read, err := config.Load(settings, config.Options{SinkTypes: map[string][]string{
		interaction.Type: setting.Names(reflect.TypeFor[interaction.Config]()),
	}})
	if err != nil || len(read.Sinks) != 2 || variables["ACTIONS_ALLOW"] == "" {
		t.Fatalf("%v: %d sinks of %v", err, len(read.Sinks), variables)
	}
	for _, sink := range read.Sinks {
		var c interaction.Config
		if err := settings.Decode(sink.Name, &c); err != nil || c.Check() != nil {
			t.Errorf("%s: %v, %v", sink.Name, err, c.Check())
		}
	}
}
