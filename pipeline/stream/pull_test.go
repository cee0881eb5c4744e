package stream

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

func TestReplySubjectsOfBothFormsAreRead(t *testing.T) {
	want := place{seq: 12345, nanos: 1794821400000000001, pending: 7}
	for _, reply := range []string{
		"$JS.ACK.ITEMS.pipeline.1.12345.99.1794821400000000001.7",
		"$JS.ACK.hub.ABCDEF.ITEMS.pipeline.1.12345.99.1794821400000000001.7",
		"$JS.ACK._.ABCDEF.ITEMS.pipeline.1.12345.99.1794821400000000001.7.xyz",
	} {
		if got, err := placeOf(reply); got != want || err != nil {
			t.Errorf("%s: %+v, %v", reply, got, err)
		}
	}
	for _, reply := range []string{
		"", "_INBOX.abc.1", "$JS.ACK.ITEMS.pipeline.1.12345.99.1794821400000000001",
		"$JS.ACK.ITEMS.pipeline.1.x.99.1794821400000000001.7", "$JS.NAK.ITEMS.pipeline.1.12345.99.1794821400000000001.7",
	} {
		if got, err := placeOf(reply); err == nil {
			t.Errorf("%q is read as %+v", reply, got)
		}
	}
}

// TestAnItemThatLooksLikeAnAnswerEndsNoRequest has a message without a body but
// with a status, as anybody may publish it.
func TestAnItemThatLooksLikeAnAnswerEndsNoRequest(t *testing.T) {
	both(t, Config{}, func(t *testing.T, s *Stream) {
		put(t, s, posts(0, 2))
		for _, status := range []string{"100", "408", "409", "503"} {
			m := &nats.Msg{Subject: "items.other", Header: nats.Header{"Status": {status}, "Description": {"Consumer Deleted"}}}
			if _, err := s.js.PublishMsg(testContext(t), m); err != nil {
				t.Fatal(err)
			}
		}
		put(t, s, posts(2, 4))
		items, rejected := 0, 0
		for c := batches(t, s, BatchConfig{}); items+rejected < 8; {
			b := next(t, c)
			items, rejected = items+len(b.Items), rejected+len(b.Rejected)
			ack(t, b)
		}
		if items != 4 || rejected != 4 {
			t.Errorf("%d items, %d rejected; want 4 of each", items, rejected)
		}
	})
}

func TestAFetchSaysWhyTheServerEndedIt(t *testing.T) {
	s := open(t, Config{})
	c := batches(t, s, BatchConfig{})
	if err := s.items.DeleteConsumer(testContext(t), Durable); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Next(testContext(t)); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("fetch from a consumer that is gone: %v", err)
	}
	c = batches(t, s, BatchConfig{})
	timer := time.AfterFunc(100*time.Millisecond, func() { _ = s.items.DeleteConsumer(testContext(t), Durable) })
	defer timer.Stop()
	if _, err := c.Next(testContext(t)); err == nil {
		t.Error("a fetch outlived its consumer without an error")
	}
}
