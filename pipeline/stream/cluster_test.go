package stream

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func TestWorkGoesOnAfterTheServerRestarted(t *testing.T) {
	dir, port := t.TempDir(), freePorts(t, 1)[0]
	fixed := func(o *server.Options) { o.StoreDir, o.Port = dir, port }
	ns := natsServer(t, fixed)
	s := open(t, Config{URL: ns.ClientURL()})
	put(t, s, posts(0, 500))
	c := batches(t, s, BatchConfig{})
	b := next(t, c)

	ns.Shutdown()
	ns.WaitForShutdown()
	done := make(chan error, 1)
	go func() { done <- s.Put(testContext(t), posts(400, 900)) }()
	natsServer(t, fixed)
	if err := <-done; err != nil {
		t.Fatalf("publish over the restart: %v", err)
	}
	ack(t, b)
	seen := map[string]bool{}
	for len(seen) < 400 {
		b, err := c.Next(testContext(t))
		if err != nil {
			continue
		}
		for _, it := range b.Items {
			seen[it.ID] = true
		}
		ack(t, b)
	}
	if st := state(t, s); st.Messages != 900 {
		t.Errorf("%d messages, want 900", st.Messages)
	}
}

func TestReplicatedStreamSurvivesALostServer(t *testing.T) {
	nodes := cluster(t)
	var urls []string
	for _, ns := range nodes {
		urls = append(urls, ns.ClientURL())
	}
	s := open(t, Config{URL: strings.Join(urls, ","), Replicas: 3})
	put(t, s, posts(0, 1500))
	nodes[0].Shutdown()
	nodes[0].WaitForShutdown()
	put(t, s, posts(1000, 3000))
	bucket(t, s, "cursors", "leeds", "etag")
	ids := drained(t, s)
	if n := len(slices.Compact(slices.Clone(ids))); n != 3000 {
		t.Errorf("%d different items of 3,000", n)
	}
}

// cluster starts three servers that know each other.
func cluster(t *testing.T) []*server.Server {
	t.Helper()
	ports := freePorts(t, 3)
	var routes []*url.URL
	for _, p := range ports {
		routes = append(routes, &url.URL{Scheme: "nats-route", Host: fmt.Sprintf("127.0.0.1:%d", p)})
	}
	var nodes []*server.Server
	for i, p := range ports {
		nodes = append(nodes, natsServer(t, func(o *server.Options) {
			o.ServerName, o.Routes = fmt.Sprintf("node-%d", i), routes
			o.Cluster = server.ClusterOpts{Name: "town", Host: "127.0.0.1", Port: p}
		}))
	}
	for end := time.Now().Add(30 * time.Second); !slices.ContainsFunc(nodes, (*server.Server).JetStreamIsLeader); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the servers chose no leader")
		}
	}
	waitFor(t, func() bool {
		for _, ns := range nodes {
			if len(ns.JetStreamClusterPeers()) < 3 && ns.JetStreamIsLeader() {
				return false
			}
		}
		return true
	})
	return nodes
}

// freePorts finds ports that nobody listens on, below those that systems hand
// out themselves, so that nobody is given one before it is used.
func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for tries := 0; len(ports) < n; tries++ {
		port := 20_000 + rand.IntN(10_000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		switch {
		case err == nil:
			defer l.Close()
			ports = append(ports, port)
		case tries > 100:
			t.Fatal(err)
		}
	}
	return ports
}
