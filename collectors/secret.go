package collectors

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// Secret is a token. It prints as "[hidden]" wherever it ends up: in logs, in
// errors and on pages. string(s) gives the token itself.
type Secret string

func (s Secret) String() string               { return "[hidden]" }
func (s Secret) GoString() string             { return "[hidden]" }
func (s Secret) LogValue() slog.Value         { return slog.StringValue("[hidden]") }
func (s Secret) MarshalText() ([]byte, error) { return []byte("[hidden]"), nil }

// Token reads the secret of the source, "" where it has none. It is read at
// each use, so that a changed token needs no restart. A file must be readable
// by its owner only.
func (s Source) Token() (Secret, error) {
	switch {
	case s.TokenEnv != "":
		token := strings.TrimSpace(os.Getenv(s.TokenEnv))
		if token == "" {
			return "", fmt.Errorf("its token is missing: the environment has no %s; set it, or remove token_env", s.TokenEnv)
		}
		return Secret(token), nil
	case s.TokenFile != "":
		return tokenFile(s.TokenFile)
	}
	return "", nil
}

func tokenFile(name string) (Secret, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", fmt.Errorf("its token cannot be read: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("its token file %s can be read by others (mode %04o); run chmod 600 %s", name, info.Mode().Perm(), name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("its token cannot be read: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" {
		return "", fmt.Errorf("its token file %s is empty; put the token into it", name)
	}
	return Secret(token), nil
}
