package awscall_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

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
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const good = "[profile ours]\nregion = eu-north-1\n"

func TestLoad(t *testing.T) {
	path := configFile(t, "[profile s3cr3t]\n")
	var settings awscall.Settings
	for range 2 {
		if _, err := settings.Load(t.Context()); !errors.Is(err, awscall.ErrSettings) {
			t.Fatalf("got %v", err)
		}
	}
	write(t, path, good)
	loaded, err := settings.Load(t.Context())
	if err != nil || loaded.Region != "eu-north-1" {
		t.Fatalf("after the file was mended: region %q, %v", loaded.Region, err)
	}
	loaded.Region = "changed"
	write(t, path, "[profile s3cr3t]\n")
	if loaded, err = settings.Load(t.Context()); err != nil || loaded.Region != "eu-north-1" {
		t.Errorf("once loaded: region %q, %v", loaded.Region, err)
	}
}

func TestRegion(t *testing.T) {
	configFile(t, good)
	settings := awscall.Settings{Region: "ap-northeast-1"}
	if loaded, err := settings.Load(t.Context()); err != nil || loaded.Region != "ap-northeast-1" {
		t.Errorf("region %q, %v", loaded.Region, err)
	}
}

func TestLoadSideBySide(t *testing.T) {
	configFile(t, good)
	var settings awscall.Settings
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if loaded, err := settings.Load(t.Context()); err != nil || loaded.Region != "eu-north-1" {
				t.Errorf("region %q, %v", loaded.Region, err)
			}
		})
	}
	all.Wait()
}
