package dashboards

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	maxClients = 2000
	keepAlive  = 25 * time.Second // proxies drop a silent connection after 30 or 60
)

// hub passes the newest generation to every reader. Each has a channel of
// its own that holds one number: a slow reader misses old ones and blocks
// nobody.
type hub struct {
	mu      sync.Mutex
	clients map[chan uint64]struct{}
	done    chan struct{}
	once    sync.Once
}

func newHub() *hub {
	return &hub{clients: map[chan uint64]struct{}{}, done: make(chan struct{})}
}

// join returns a channel, or false when the house is full.
func (h *hub) join() (chan uint64, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.clients) >= maxClients {
		return nil, false
	}
	c := make(chan uint64, 1)
	h.clients[c] = struct{}{}
	return c, true
}

func (h *hub) leave(c chan uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, c)
}

func (h *hub) send(generation uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		select {
		case <-c: // an older number that was not taken yet
		default:
		}
		c <- generation
	}
}

func (h *hub) count() float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return float64(len(h.clients))
}

func (h *hub) close() { h.once.Do(func() { close(h.done) }) }

// events streams the number of each new generation of the charts, and nothing
// else; the page then asks for what it shows.
func (d *Dashboard) events(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead { // a stream without a body would never end
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		return
	}
	news, ok := d.hub.join()
	if !ok {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many readers are connected; try again in a minute", http.StatusServiceUnavailable)
		return
	}
	defer d.hub.leave(news)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	if !push(w, ": connected\n\n") {
		return
	}
	beat := time.NewTicker(keepAlive)
	defer beat.Stop()
	for {
		said := ": still here\n\n"
		select {
		case <-r.Context().Done():
			return
		case <-d.hub.done:
			return
		case g := <-news:
			said = fmt.Sprintf("event: charts\ndata: {\"generation\":%d}\n\n", g)
		case <-beat.C:
		}
		if !push(w, said) {
			return
		}
	}
}

// push sends one event past the server's write timeout; false: the reader
// has gone.
func push(w http.ResponseWriter, event string) bool {
	c := http.NewResponseController(w)
	if err := c.SetWriteDeadline(time.Now().Add(2 * keepAlive)); err != nil && !isUnsupported(err) {
		return false
	}
	if _, err := w.Write([]byte(event)); err != nil {
		return false
	}
	return c.Flush() == nil
}
