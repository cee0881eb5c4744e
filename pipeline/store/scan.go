package store

import (
	"fmt"
	"time"
)

// The kinds of values that clickhouse-go hands over through sql.Scanner,
// because Row holds them in another form than the table.

type bit bool

func (b *bit) Scan(v any) error {
	n, ok := v.(uint8)
	*b = n != 0
	return mustBe(ok, "UInt8", v)
}

type zeroable time.Time

func (z *zeroable) Scan(v any) error {
	t, ok := v.(time.Time)
	if t = t.UTC(); t.Equal(epoch) {
		t = time.Time{}
	}
	*z = zeroable(t)
	return mustBe(ok, "time", v)
}

type signature []byte

func (s *signature) Scan(v any) error {
	t, ok := v.(string)
	*s = nil
	if t != "" {
		*s = signature(t)
	}
	return mustBe(ok, "String", v)
}

// The three arrays of Row.Found are of one length and scanned in this order.
type (
	foundIDs         []Council
	foundConfidences []Council
	foundSenses      []Council
)

func (f *foundIDs) Scan(v any) error {
	list, ok := v.([]string)
	*f = nil
	for _, id := range list {
		*f = append(*f, Council{ID: id})
	}
	return mustBe(ok, "Array(String)", v)
}

func (f *foundConfidences) Scan(v any) error {
	list, ok := v.([]float32)
	for i := range min(len(list), len(*f)) {
		(*f)[i].Confidence = list[i]
	}
	return mustBe(ok, "Array(Float32)", v)
}

func (f *foundSenses) Scan(v any) error {
	list, ok := v.([]string)
	for i := range min(len(list), len(*f)) {
		(*f)[i].Sense = list[i]
	}
	return mustBe(ok, "Array(String)", v)
}

func mustBe(ok bool, want string, v any) error {
	if !ok {
		return fmt.Errorf("expected %s, got %T", want, v)
	}
	return nil
}
