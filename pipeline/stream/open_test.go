package stream

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func openError(t *testing.T, cfg Config, words ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s, err := Open(ctx, cfg)
	if err == nil {
		s.Close()
		t.Fatal("opened")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestSecondInstanceOnTheSameFolder(t *testing.T) {
	dir := t.TempDir()
	open(t, Config{Dir: dir})
	openError(t, Config{Dir: dir}, dir, "in use", "choose another folder")
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	openError(t, Config{Dir: filepath.Join(file, "stream")}, file, "cannot write")
	openError(t, Config{}, "no folder")
	if os.Getuid() != 0 { // permissions do not bind root
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		openError(t, Config{Dir: filepath.Join(dir, "x")}, "permission denied")
	}
}

func TestStoreThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jetstream"), []byte("a file where a folder should be"), 0o600); err != nil {
		t.Fatal(err)
	}
	openError(t, Config{Dir: dir}, dir, "not a directory")
	if err := os.Remove(filepath.Join(dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	open(t, Config{Dir: dir}) // the failed attempt let go of the folder
}

func TestLimitsMayChange(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir, MaxBytes: 64 << 20})
	put(t, s, posts(0, 2000))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir, MaxBytes: 1 << 20, MaxAge: time.Hour, Duplicates: time.Minute})
	if st := state(t, s); st.Messages != 2000 || st.MaxBytes != 1<<20 {
		t.Errorf("%+v", st)
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	openError(t, Config{URL: "nats://me:secret@127.0.0.1:1"}, "nats://me:xxxxx@127.0.0.1:1", "check the address")
}

func TestServerWithoutJetStream(t *testing.T) {
	ns := natsServer(t, func(o *server.Options) { o.JetStream = false })
	openError(t, Config{URL: ns.ClientURL()}, ns.ClientURL(), "no JetStream")
}

func TestMissingCredentials(t *testing.T) {
	openError(t, Config{URL: "nats://127.0.0.1:1", Credentials: "/nowhere/vantage.creds"}, "/nowhere/vantage.creds")
}

func TestVersions(t *testing.T) {
	for v, want := range map[string]bool{
		"2.12.0": true, "2.15.2": true, "3.0.0": true, "2.14.0-beta.1": true, "2.12": true,
		"2.11.9": false, "1.99.0": false, "": false, "dev": false,
	} {
		if got := atLeast(v, 2, 12); got != want {
			t.Errorf("%q: %v", v, got)
		}
	}
}

func TestSecretsStayOutOfMessages(t *testing.T) {
	got := redact("nats://a:b@one:4222, nats://token@two:4222,nats://three")
	if strings.Contains(got, "b@") || strings.Contains(got, "token") || !strings.Contains(got, "two:4222") {
		t.Error(got)
	}
	for _, url := range []string{
		"me:secret@127.0.0.1:1", "secret@127.0.0.1:1", // the client takes an address without nats:// too
		"nats://me:secret@127.0.0.1:port", "nats://me:secret/%zz@127.0.0.1:1", // neither can be read
	} {
		_, err := Open(testContext(t), Config{URL: url})
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "check the address") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
