package fill_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/pkg/secret/fill"
)

const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin/slack-AbCdEf"

// vault is Secrets Manager with one secret.
type vault struct {
	// answer is that to a read; codes are the refusals of calls.
	answer string
	codes  map[string]string
	calls  []string
	put    string
}

func newVault(t *testing.T, answer string) *vault {
	t.Helper()
	v := &vault{answer: answer, codes: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(v.serve))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "", "AWS_REGION": "us-east-1",
	} {
		t.Setenv(name, value)
	}
	return v
}

func (v *vault) serve(w http.ResponseWriter, r *http.Request) {
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	v.calls = append(v.calls, action)
	var in struct {
		ID           string `json:"SecretId"`
		SecretString string
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &in)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	isRight := in.ID == arn && strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/secretsmanager/")
	if code := v.codes[action]; code != "" || !isRight {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":"s3cr3t"}`, code)
		return
	}
	if action == "PutSecretValue" {
		v.put = in.SecretString
		_, _ = io.WriteString(w, `{"ARN":"`+arn+`"}`)
		return
	}
	_, _ = io.WriteString(w, v.answer)
}

func holding(t *testing.T, text string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"ARN": arn, "SecretString": text})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func place(key string) secret.Place { return secret.Place{ARN: arn, Region: "eu-west-1", Key: key} }

// A secret as a whole is written and not read; of one with a key the rest stays as it is.
func TestPut(t *testing.T) {
	const value = "https://hooks.slack.com/services/T/B/<new>&"
	for name, test := range map[string]struct {
		key, before, code, want string
		calls                   []string
	}{
		"the whole":     {"", "old", "", value, []string{"PutSecretValue"}},
		"a key":         {"slack", `{"z":12345678901234567890, "slack":"old","a":{"b":["<&>",1.50]}}`, "", `{"a":{"b":["<&>",1.50]},"slack":"` + value + `","z":12345678901234567890}`, []string{"GetSecretValue", "PutSecretValue"}},
		"a new key":     {"slack", `{"a":"b"}`, "", `{"a":"b","slack":"` + value + `"}`, []string{"GetSecretValue", "PutSecretValue"}},
		"no value yet":  {"slack", "", "ResourceNotFoundException", `{"slack":"` + value + `"}`, []string{"GetSecretValue", "PutSecretValue"}},
		"an empty text": {"slack", "", "", `{"slack":"` + value + `"}`, []string{"GetSecretValue", "PutSecretValue"}},
	} {
		v := newVault(t, holding(t, test.before))
		v.codes["GetSecretValue"] = test.code
		if err := fill.Put(t.Context(), place(test.key), value); err != nil || v.put != test.want {
			t.Errorf("%s: %v, stored %s, want %s", name, err, v.put, test.want)
		}
		if diff := cmp.Diff(test.calls, v.calls); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What fails is said with its remedy, shows no value, and writes nothing over what is there.
func TestPutFails(t *testing.T) {
	const value = "s3cr3t-new"
	for _, test := range []struct{ key, answer, read, write, want string }{
		{"k", holding(t, "s3cr3t"), "", "", "the secret is no JSON object, though its reference names a key; nothing was written"},
		{"k", holding(t, `["s3cr3t"]`), "", "", "the secret is no JSON object"},
		{"k", holding(t, `null`), "", "", "the secret is no JSON object"},
		{"k", `{"ARN":"` + arn + `","SecretBinary":"czNjcjN0"}`, "", "", "the secret holds bytes and no text"},
		{"k", "", "AccessDeniedException", "", "it takes secretsmanager:PutSecretValue on the secret, secretsmanager:GetSecretValue too"},
		{"k", "", "ResourceNotFoundException", "ResourceNotFoundException", "the secret does not exist; the deployment makes it"},
		{"", "", "", "ResourceNotFoundException", "the secret does not exist; the deployment makes it"},
		{"", "", "", "EncryptionFailure", "writing the secret: EncryptionFailure"},
		{"", "", "", "S3cr3t", "writing the secret: Secrets Manager refuses"},
	} {
		v := newVault(t, test.answer)
		v.codes["GetSecretValue"], v.codes["PutSecretValue"] = test.read, test.write
		err := fill.Put(t.Context(), place(test.key), value)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(strings.ToLower(err.Error()), "s3cr3t") || v.put != "" {
			t.Errorf("got %v, stored %q, want %s", err, v.put, test.want)
		}
	}
}
