package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const operatorHelp = `Prints the address of the operator's page and the token that opens it, for the
Vantage that runs on the data folder. The token is that of the configuration
(operator.token, operator.token_file), or one that was made at the first start.
`

func runOperator(_ context.Context, c console, args []string) error {
	fs := flagSet(c, "operator [flags]", operatorHelp)
	running := runningFlags(fs)
	if err := noWords(fs, args); err != nil {
		return err
	}
	r, err := running(c)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s/operator\n%s\n", r.URL, r.Operator)
	return nil
}

// minToken is the length of the shortest token that is taken, in bytes.
const minToken = 16

// operatorToken returns the token of the configuration, or the one that lies in
// the data folder, where the first start made it.
func (c *Config) operatorToken() (string, error) {
	if c.Operator.Token != "" {
		return string(c.Operator.Token), nil
	}
	name, made := filepath.Join(c.Data, "operator.token"), true
	if c.Operator.TokenFile != "" {
		name, made = c.path(c.Operator.TokenFile), false
	}
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && made {
		b = []byte(newToken())
		err = os.WriteFile(name, append(b, '\n'), 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("token of the operator: %w", err)
	}
	if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("token of the operator: %s can be read by others; run chmod 600 %s", name, name)
	}
	token := strings.TrimSpace(string(b))
	if len(token) < minToken {
		return "", fmt.Errorf("token of the operator: %s holds fewer than %d characters; put a long random word into it", name, minToken)
	}
	return token, nil
}
