package collectors

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTokenIsReadFromFileOrEnvironment(t *testing.T) {
	name := filepath.Join(t.TempDir(), "token")
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	src := Source{TokenFile: name}
	if _, err := src.Token(); err == nil {
		t.Error("a missing file gave no error")
	}
	write("abc\n", 0o644)
	if _, err := src.Token(); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others can read gave %v", err)
	}
	write(" \n", 0o600)
	if _, err := src.Token(); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty file gave %v", err)
	}
	write("abc\n", 0o600)
	if token, err := src.Token(); err != nil || string(token) != "abc" {
		t.Errorf("got %q, %v", string(token), err)
	}
	t.Setenv("VANTAGE_TEST_TOKEN", "xyz")
	if token, err := (Source{TokenEnv: "VANTAGE_TEST_TOKEN"}).Token(); err != nil || string(token) != "xyz" {
		t.Errorf("got %q, %v", string(token), err)
	}
	if _, err := (Source{TokenEnv: "VANTAGE_TEST_NO_TOKEN"}).Token(); err == nil {
		t.Error("a missing variable gave no error")
	}
	if token, err := (Source{}).Token(); err != nil || token != "" {
		t.Errorf("a source without a token gave %q, %v", string(token), err)
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	s := Secret("abc")
	j, err := json.Marshal(map[string]any{"token": s})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), string(j), s.LogValue().String()} {
		if strings.Contains(out, "abc") {
			t.Errorf("the secret stands in %s", out)
		}
	}
}
