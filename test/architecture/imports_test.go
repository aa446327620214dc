// Package architecture_test keeps the plan of the house: which package may import which.
package architecture_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tocsin-sec/tocsin/"

// room is a package, and the packages of the project that it may import. A name that ends in "/..."
// stands for everything below it.
type room struct {
	name string
	may  []string
}

func plan() []room {
	return []room{
		{"pkg/finding", nil},
		{"pkg/remote", nil},
		{"pkg/awscall", []string{"pkg/remote"}},
		{"pkg/awssend", []string{"pkg/awscall", "pkg/finding"}},
		{"pkg/awssend/awssendtest", nil},
		{"pkg/secret", []string{"pkg/awscall"}},
		{"pkg/secret/fill", []string{"pkg/awscall", "pkg/secret"}},
		{"pkg/suggest", nil},
		{"pkg/parallel", nil},
		{"pkg/jsonwrite", nil},
		{"pkg/panics", nil},
		{"pkg/setting", nil},
		{"pkg/version", nil},
		{"pkg/own", nil},
		{"pkg/condition", []string{"pkg/finding", "pkg/suggest"}},
		{"pkg/notify", []string{"pkg/finding"}},
		{"pkg/notify/notifytest", []string{"pkg/finding", "pkg/notify"}},
		{"pkg/mute", []string{"pkg/condition", "pkg/finding", "pkg/suggest"}},
		{"pkg/mutelist", []string{"pkg/mute", "pkg/table"}},
		{"pkg/action", []string{"pkg/finding", "pkg/notify", "pkg/own", "pkg/table"}},
		{"pkg/action/duty", []string{
			"events", "events/source", "pkg/action", "pkg/finding", "pkg/ledger", "pkg/mute", "pkg/mutelist", "pkg/notify", "pkg/pipeline", "pkg/report", "pkg/table",
		}},
		{"pkg/router", []string{"pkg/condition", "pkg/finding", "pkg/mute"}},
		{"pkg/table", []string{"pkg/awscall", "pkg/awssend", "pkg/jsonwrite"}},
		{"pkg/ledger", []string{"pkg/finding", "pkg/jsonwrite", "pkg/notify", "pkg/table"}},
		{"pkg/digest", []string{"pkg/finding", "pkg/own", "pkg/table"}},
		{"pkg/delivery", []string{"pkg/digest", "pkg/finding", "pkg/notify", "pkg/ledger", "pkg/panics"}},
		{"pkg/queueurl", []string{"pkg/finding", "pkg/remote"}},
		{"pkg/queue", []string{"pkg/awscall", "pkg/finding", "pkg/queueurl"}},
		{"pkg/deadletter", []string{"pkg/delivery", "pkg/queue"}},
		{"pkg/config", []string{"pkg/finding", "pkg/suggest", "pkg/secret", "pkg/setting"}},
		{"events/lenient", []string{"pkg/finding"}},
		{"events/source", []string{"events/lenient", "pkg/finding"}},
		{"events/eventstest", []string{"pkg/finding"}},
		{"events", []string{"events/...", "pkg/finding", "pkg/panics", "pkg/parallel"}},
		{"events/...", []string{"events/lenient", "events/source", "pkg/finding"}},
		{"formatter", []string{"formatter/lang", "pkg/finding", "pkg/notify", "pkg/suggest"}},
		{"formatter/lang", nil},
		{"sinks/internal/sinktest", []string{"formatter/formattertest", "pkg/finding", "pkg/notify", "pkg/secret"}},
		{"sinks/internal/...", []string{"pkg/awscall", "pkg/awssend", "pkg/finding", "pkg/notify", "pkg/remote", "pkg/secret", "sinks/internal/httpsend"}},
		{"formatter/formattertest", []string{"events", "events/source", "formatter", "formatter/slack", "pkg/finding", "pkg/notify"}},
		{"formatter/slack", []string{"formatter", "formatter/text", "pkg/finding", "pkg/notify"}},
		{"formatter/incident", []string{"formatter", "formatter/text", "pkg/finding", "pkg/notify"}},
		{"formatter/...", []string{"formatter", "pkg/finding", "pkg/notify"}},
		{"sinks", []string{"formatter", "pkg/notify", "pkg/secret", "pkg/setting", "sinks/..."}},
		{"sinks/traits", []string{"formatter"}},
		{"sinks/slack/interaction", []string{"formatter/lang", "pkg/action", "pkg/notify", "pkg/secret", "sinks/internal/..."}},
		{"sinks/slack", []string{ // of which tocsin preview shows what a button asks
			"formatter", "formatter/slack", "pkg/action", "pkg/finding", "pkg/notify", "pkg/secret", "sinks/internal/...", "sinks/slack/interaction", "sinks/traits",
		}},
		{"sinks/webhook", []string{
			"formatter", "formatter/...", "pkg/condition", "pkg/notify", "pkg/secret", "sinks/internal/...", "sinks/traits",
		}},
		{"sinks/...", []string{
			"formatter", "formatter/...", "pkg/awscall", "pkg/awssend/awssendtest", "pkg/finding", "pkg/notify", "pkg/queueurl", "pkg/secret", "sinks/internal/...",
			"sinks/traits",
		}},
		{"pkg/report", []string{"formatter/json", "pkg/condition", "pkg/delivery", "pkg/finding", "pkg/mute", "pkg/notify", "pkg/router"}},
		{"pkg/pipeline", []string{
			"events", "events/source", "pkg/deadletter", "pkg/delivery", "pkg/digest", "pkg/finding", "pkg/mute", "pkg/mutelist", "pkg/notify", "pkg/own", "pkg/panics", "pkg/parallel", "pkg/queue",
			"pkg/report", "pkg/router", "pkg/secret",
		}},
		{"pkg/notice", []string{"pkg/delivery", "pkg/finding", "pkg/notify", "pkg/pipeline", "pkg/report", "pkg/table"}},
		{"pkg/drill", []string{"events", "pkg/finding", "pkg/notify", "pkg/own", "pkg/pipeline", "pkg/report", "pkg/table"}},
		{"pkg/escalation", []string{
			"events", "pkg/action", "pkg/delivery", "pkg/digest", "pkg/finding", "pkg/ledger", "pkg/notify", "pkg/own", "pkg/panics", "pkg/pipeline", "pkg/report", "pkg/table",
		}},
		{"pkg/summary", []string{"events", "pkg/delivery", "pkg/finding", "pkg/notify", "pkg/pipeline", "pkg/report", "pkg/table"}},
		{"pkg/app", []string{"..."}},
		{"cmd/...", []string{"..."}},
		{"test/...", []string{"..."}},
		{"tools/...", nil},
		{"bench/tableserver", []string{"test/tableserver"}},
		{"bench", []string{"test/tableserver"}},
		{"bench/naive", nil},
	}
}

// onlyIn says where alone a library may be imported; several places have spaces between them.
func onlyIn() map[string]string {
	return map[string]string{
		"github.com/aws/aws-lambda-go":                        "cmd/lambda cmd/actions", // and bench/naive, see isForTests
		"github.com/aws/aws-sdk-go-v2/config":                 "pkg/awscall",
		"github.com/aws/aws-sdk-go-v2/aws/signer":             "nowhere but in tests",
		"github.com/aws/aws-sdk-go-v2/service/sns":            "nowhere but in tests", // and bench/naive
		"github.com/aws/aws-sdk-go-v2/service/secretsmanager": "pkg/secret pkg/secret/fill",
		"github.com/spf13/cobra":                              "cmd/tocsin",
		"golang.org/x/term":                                   "cmd/tocsin",
		"github.com/aws/aws-sdk-go-v2/service/organizations":  "cmd/tocsin/internal/organization",
		"github.com/aws/aws-sdk-go-v2/service/guardduty":      "cmd/tocsin/internal/guarddutyapi",
		"github.com/slack-go/slack":                           "nowhere but in tests",
		"github.com/chromedp":                                 "nowhere but in tests",
		"github.com/aws/aws-sdk-go-v2/service/sqs":            "pkg/queue sinks/sqs", // every start has it for the former
		"github.com/standard-webhooks":                        "nowhere but in tests",
		"github.com/aws/aws-sdk-go-v2/service/dynamodb":       "nowhere but in tests",
		"github.com/expr-lang/expr":                           "pkg/condition",
		"github.com/go-json-experiment/json":                  "events/lenient",
		"go.yaml.in/yaml/v3":                                  "pkg/config pkg/mute",
		"golang.org/x/time":                                   "pkg/delivery",
		"github.com/kelseyhightower/envconfig":                "pkg/config",
	}
}

type goPackage struct {
	ImportPath, Dir  string
	Imports, GoFiles []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Imports,GoFiles", module+"...")
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func matches(pattern, name string) bool {
	prefix, wild := strings.CutSuffix(pattern, "...")
	return wild && strings.HasPrefix(name, prefix) || pattern == name
}

func TestImportsRunOneWay(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		at := slices.IndexFunc(plan(), func(r room) bool { return matches(r.name, name) })
		if at < 0 {
			t.Errorf("%s has no place in the plan; add it to plan() with what it may import", name)
			continue
		}
		seen++
		for _, imported := range p.Imports {
			own, isOwn := strings.CutPrefix(imported, module)
			if isOwn && !slices.ContainsFunc(plan()[at].may, func(may string) bool { return matches(may, own) }) {
				t.Errorf("%s imports %s; it may import %v", name, own, plan()[at].may)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d packages seen", seen)
	}
}

func TestLibrariesStayInTheirRooms(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			for library, place := range onlyIn() {
				within := imported == library || strings.HasPrefix(imported, library+"/")
				if within && !slices.Contains(strings.Fields(place), name) && !isForTests(name) {
					t.Errorf("%s imports %s, which may stand in %s alone", name, imported, place)
				}
			}
		}
	}
}

// isForTests reports whether a package serves tests and measurements only.
func isForTests(name string) bool {
	return strings.HasPrefix(name, "test/") || strings.HasPrefix(name, "bench") || strings.HasSuffix(name, "test")
}

// hasNoClient lists the packages that import net/http to answer requests from this machine, to make
// those of the AWS SDK whole on their way, to sign them, or to know its errors, and have no client of
// their own.
func hasNoClient() []string {
	return []string{"cmd/tocsin", "cmd/tocsin/internal/preview", "pkg/awscall", "pkg/awssend", "pkg/remote"}
}

// Every sink reaches the network through httpsend, which alone may make an HTTP client.
func TestOneWayOut(t *testing.T) {
	const alone = "sinks/internal/httpsend"
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if name == alone || isForTests(name) {
			continue
		}
		mayImport := strings.HasPrefix(name, "sinks/") || slices.Contains(hasNoClient(), name)
		if slices.Contains(p.Imports, "net/http") && !mayImport {
			t.Errorf("%s imports net/http; only sinks speak HTTP", name)
		}
		for _, file := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, client := range []string{"http.Client{", "http.DefaultClient", "http.Transport{", "http.Get(", "http.Post(", "http.NewRequest", "net.Dial"} {
				if strings.Contains(string(text), client) {
					t.Errorf("%s/%s holds %q; requests go through %s", name, file, client, alone)
				}
			}
		}
	}
}

// A message is neutral: what a channel writes stands in its renderer.
func TestFormatterKnowsNoChannel(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != module+"formatter" {
			continue
		}
		for _, file := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, syntax := range []string{"<!", "<@", "subteam", "mrkdwn", "&amp;", "</", `\x1b[`} {
				if strings.Contains(string(text), syntax) {
					t.Errorf("formatter/%s holds %q, which is the syntax of a channel", file, syntax)
				}
			}
		}
		return
	}
	t.Error("there is no package formatter")
}

// The bootstrap holds the renderers that its sinks send, and no other.
func TestBootstrapLinksNoOtherRenderer(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"cmd/lambda").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	linked := strings.Fields(string(output))
	for _, name := range []string{"formatter/slack", "formatter/html"} {
		if !slices.Contains(linked, module+name) {
			t.Errorf("cmd/lambda does not link %s", name)
		}
	}
	for _, name := range []string{"formatter/markdown", "formatter/formattertest"} {
		if slices.Contains(linked, module+name) {
			t.Errorf("cmd/lambda links %s", name)
		}
	}
}

// The function that answers buttons has three seconds, its start among them: it links nothing that makes or sends
// messages of findings.
func TestActionsLinkLittle(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"cmd/actions").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	linked := strings.Fields(string(output))
	for _, name := range []string{"formatter", "sinks", "sinks/slack", "events", "pkg/app", "pkg/queue", "pkg/secret/fill"} {
		if slices.Contains(linked, module+name) {
			t.Errorf("cmd/actions links %s", name)
		}
	}
	if !slices.Contains(linked, module+"sinks/slack/interaction") {
		t.Error("cmd/actions does not link what reads buttons")
	}
}

// Probes are for the command line: the bootstrap's build leaves them out.
func TestBootstrapLinksNoProbe(t *testing.T) {
	for tags, want := range map[string]bool{"lambda.norpc": false, "": true} {
		output, err := exec.CommandContext(t.Context(), "go", "list", "-tags", tags, "-deps", module+"cmd/lambda").Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if slices.Contains(strings.Fields(string(output)), module+"sinks/internal/probe") != want {
			t.Errorf("with the tags %q: linked is %v", tags, !want)
		}
	}
}

// The function reads secrets and writes none: it has no right to, and the code is not in it.
func TestBootstrapWritesNoSecret(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"cmd/lambda").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	linked := strings.Fields(string(output))
	if slices.Contains(linked, module+"pkg/secret/fill") || !slices.Contains(linked, module+"pkg/secret") {
		t.Error("cmd/lambda links what writes secrets, or not what reads them")
	}
}

func TestNamesSayWhatIsInside(t *testing.T) {
	for _, p := range packages(t) {
		for _, vague := range []string{"util", "utils", "common", "types", "models", "helpers"} {
			if slices.Contains(strings.Split(p.ImportPath, "/"), vague) {
				t.Errorf("%s: %q does not say what is inside", p.ImportPath, vague)
			}
		}
	}
}

// Every client of an AWS service is made of what awscall gives, which makes its requests whole and
// says how often a call is made again, and changes nothing of that.
func TestRequestsToAWSAreWhole(t *testing.T) {
	clients := 0
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		isMadeByHand := name == "pkg/awssend" // its requests go the way, and as often, as awscall says
		if name == "pkg/awscall" || isMadeByHand || isForTests(name) {
			continue
		}
		for _, file := range p.GoFiles {
			content, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			text := string(content)
			made := strings.Count(text, ".NewFromConfig(")
			clients += made
			if given := strings.Count(text, "awscall.Config("); given != made {
				t.Errorf("%s/%s makes %d clients of AWS services of %d settings of awscall", p.ImportPath, file, made, given)
			}
			for _, own := range []string{".HTTPClient = ", ".Retryer = ", ".RetryMaxAttempts = ", ".RetryMode = ", "aws.NewConfig(", "aws.Config{"} {
				if strings.Contains(text, own) {
					t.Errorf("%s/%s holds %q, which is awscall's to say", p.ImportPath, file, own)
				}
			}
		}
	}
	if clients < 6 {
		t.Errorf("%d clients of AWS services were found", clients)
	}
}
