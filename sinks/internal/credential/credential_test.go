package credential_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks/internal/credential"
)

var errOdd = errors.New("is not even")

func isEven(text string) error {
	if len(text)%2 != 0 {
		return errOdd
	}
	return nil
}

// vault is a Secrets Manager that has one secret, or fails.
func vault(t *testing.T, status int, text string) secret.Ref {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": text})
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
	return secret.New("arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin-AbCdEf")
}

// What is not set is a matter of the sink's, and what is elsewhere is not read at start.
func TestCheckPlain(t *testing.T) {
	for name, test := range map[string]struct {
		ref  secret.Ref
		want error
	}{
		"not set":   {secret.Ref{}, nil},
		"good":      {secret.New("even"), nil},
		"odd":       {secret.New("odd"), errOdd},
		"reference": {secret.New("arn:aws:secretsmanager:eu-west-1:111122223333:secret:tocsin-AbCdEf"), nil},
	} {
		if err := credential.CheckPlain(t.Context(), test.ref, isEven); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

func TestRead(t *testing.T) {
	if got, err := credential.Read(t.Context(), vault(t, http.StatusOK, "even"), "token", isEven); got != "even" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	got, err := credential.Read(t.Context(), vault(t, http.StatusOK, "odd"), "token", isEven)
	if got != "" || notify.KindOf(err) != notify.Broken || !errors.Is(err, errOdd) || err.Error() != "the token is not even" {
		t.Errorf("one that is refused: got %q, %v", got, err)
	}
	_, err = credential.Read(t.Context(), vault(t, http.StatusInternalServerError, ""), "token", isEven)
	if err == nil || notify.KindOf(err) != notify.Transient {
		t.Errorf("one that cannot be read: got %v", err)
	}
}
