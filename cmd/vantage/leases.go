package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vantage/collectors"
)

// openLeases returns what shares the sources with other processes at a NATS
// server, and the name of this one there: it is kept in the data folder, which
// no other process can use, and holds the name of the machine, so that a copied
// folder makes no second process of the same name. A stream in the data folder
// has one process only, which needs no leases.
func (h *house) openLeases(ctx context.Context) (collectors.LeaseStore, string, error) {
	if h.cfg.NATS.URL == "" {
		return nil, "", nil
	}
	leases, err := h.stream.Bucket(ctx, "leases")
	if err != nil {
		return nil, "", err
	}
	file := filepath.Join(h.cfg.Data, "instance")
	name, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		name = []byte(newToken())
		err = os.WriteFile(file, name, 0o600)
	}
	if err != nil {
		return nil, "", fmt.Errorf("name of this process: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, "", fmt.Errorf("name of this machine: %w", err)
	}
	return leases, host + "-" + string(name), nil
}
