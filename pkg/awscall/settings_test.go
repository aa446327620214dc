package awscall_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// configFile makes a file with the given text the AWS settings of the environment.
func configFile(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config")
	write(t, path, text)
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": path, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_PROFILE": "ours", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
	} {
		t.Setenv(name, value)
	}
	t.Setenv("AWS_CA_BUNDLE", "") // the SDK takes one that is set to nothing for one
	os.Unsetenv("AWS_CA_BUNDLE")
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const good = "[profile ours]\nregion = eu-north-1\n"

// region returns the region of the settings of a client.
func region(ctx context.Context, c awscall.Client) (string, error) {
	settings, err := awscall.Config(ctx, c)
	return settings.Region, err
}

func TestConfig(t *testing.T) {
	path := configFile(t, "[profile s3cr3t]\n")
	ctx := awscall.WithSettings(t.Context(), new(awscall.Settings))
	for range 2 {
		if _, err := region(ctx, awscall.Client{}); !errors.Is(err, awscall.ErrSettings) {
			t.Fatalf("got %v", err)
		}
	}
	write(t, path, good)
	loaded, err := awscall.Config(ctx, awscall.Client{})
	if err != nil || loaded.Region != "eu-north-1" {
		t.Fatalf("after the file was mended: region %q, %v", loaded.Region, err)
	}
	loaded.Region = "changed"
	write(t, path, "[profile s3cr3t]\n")
	for want, c := range map[string]awscall.Client{"eu-north-1": {}, "ap-northeast-1": {Region: "ap-northeast-1"}} {
		if got, err := region(ctx, c); err != nil || got != want {
			t.Errorf("once loaded: region %q, %v", got, err)
		}
	}
	if _, err := region(t.Context(), awscall.Client{}); !errors.Is(err, awscall.ErrSettings) {
		t.Errorf("a context without settings has those of another: %v", err)
	}
}

// The credentials are the same for each client of a process, so that a login is used once.
func TestOneLogin(t *testing.T) {
	logins := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		logins++
		fmt.Fprintf(w, `{"AccessKeyId":"A","SecretAccessKey":"x","Token":"y","Expiration":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
	}))
	defer server.Close()
	configFile(t, good)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.URL} {
		t.Setenv(name, value)
	}
	ctx := awscall.WithSettings(t.Context(), new(awscall.Settings))
	for _, c := range []awscall.Client{{}, {Region: "ap-northeast-1", Retries: awscall.Never}, {Retries: awscall.OverDeadConnections}} {
		settings, err := awscall.Config(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := settings.Credentials.Retrieve(ctx); err != nil {
			t.Error(err)
		}
	}
	if logins != 1 {
		t.Errorf("%d logins, want one", logins)
	}
}

// Where the environment names no region, that of one client is not that of the others.
func TestRegion(t *testing.T) {
	configFile(t, "[profile ours]\n")
	ctx := awscall.WithSettings(t.Context(), new(awscall.Settings))
	for _, want := range []string{"", "eu-west-1", "ap-northeast-1", ""} {
		if got, err := region(ctx, awscall.Client{Region: want}); err != nil || got != want {
			t.Errorf("got region %q, %v, want %q", got, err, want)
		}
	}
}

func TestConfigSideBySide(t *testing.T) {
	configFile(t, good)
	ctx := awscall.WithSettings(t.Context(), new(awscall.Settings))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := region(ctx, awscall.Client{}); err != nil || got != "eu-north-1" {
				t.Errorf("region %q, %v", got, err)
			}
		})
	}
	all.Wait()
}
