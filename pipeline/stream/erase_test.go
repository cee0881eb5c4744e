package stream

import (
	"fmt"
	"net"
	"testing"
)

// erasure is of post i where it lies as the only one of its version.
func erasure(i int) Erasure {
	return Erasure{Seq: uint64(i + 1), ID: post(i).ID, Version: 1}
}

func TestEraseOverwritesTheBytes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	in := posts(0, 20)
	in[4].Text = "withdrawn-by-its-author"
	put(t, s, in)
	if found := filesWith(t, dir, "withdrawn-by-its-author"); found == 0 {
		t.Fatal("the text is not on disk at all: this test proves nothing")
	}
	if err := s.Erase(testContext(t), []Erasure{erasure(4), erasure(4), erasure(998)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(testContext(t), []Erasure{erasure(4)}); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if _, err := s.items.GetMsg(testContext(t), 5); err == nil {
		t.Error("the message can still be read")
	}
	if found := filesWith(t, dir, "withdrawn-by-its-author"); found != 0 {
		t.Errorf("%d files still hold the text", found)
	}
	if ids := drained(t, s); len(ids) != 19 {
		t.Errorf("%d messages left, want 19", len(ids))
	}
}

// TestEraseLeavesOtherMessagesAlone names sequences at which other posts lie, or
// a later version, or what is no post, as on a stream that was made anew.
func TestEraseLeavesOtherMessagesAlone(t *testing.T) {
	both(t, Config{}, func(t *testing.T, s *Stream) {
		in := posts(0, 4)
		in[2].Version = 7
		put(t, s, in)
		if _, err := s.js.Publish(testContext(t), "items.other", []byte("no item")); err != nil {
			t.Fatal(err)
		}
		list := []Erasure{erasure(10), erasure(2), {5, "x", 9}, erasure(3), {2, in[0].ID, 1}, {3, in[2].ID, 6}}
		list[0].Seq = 1
		if err := s.Erase(testContext(t), list); err != nil {
			t.Fatal(err)
		}
		if st := state(t, s); st.Messages != 4 {
			t.Fatalf("%d messages left, want 4: only the one of post 3 is gone", st.Messages)
		}
		if err := s.Erase(testContext(t), []Erasure{{3, in[2].ID, 7}, {2, in[1].ID, 9}}); err != nil {
			t.Fatal(err)
		}
		if b := next(t, batches(t, s, BatchConfig{})); len(b.Items) != 1 || b.Items[0].ID != in[0].ID {
			t.Errorf("left is %v", b.Items)
		}
	})
}

// A stranger's collector may send headers that the client refuses to read.
func TestEraseTakesAMessageWithBrokenHeaders(t *testing.T) {
	ns := natsServer(t, nil)
	s := open(t, Config{URL: ns.ClientURL()})
	it := post(0)
	body, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", ns.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const head = "NATS/1.0\r\nno colon\r\n\r\n"
	fmt.Fprintf(conn, "CONNECT {\"headers\":true,\"verbose\":false}\r\nHPUB items.feed %d %d\r\n%s%s\r\n", len(head), len(head)+len(body), head, body)
	waitFor(t, func() bool { return state(t, s).Messages == 1 })
	if b := next(t, batches(t, s, BatchConfig{})); len(b.Items) != 1 {
		t.Fatalf("the pipeline is given %d items and %v", len(b.Items), b.Rejected)
	}
	if err := s.Erase(testContext(t), []Erasure{erasure(0)}); err != nil {
		t.Error(err)
	}
	if st := state(t, s); st.Messages != 0 {
		t.Error("the message is still there")
	}
}
