package stream

import (
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vantage/collectors/item"
)

// asStandard lets the quick decoder read what encoding/json reads.
var asStandard = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// scratches are for readItem.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

// decodeItem is item.Decode at a tenth of the cost for items as collectors of
// Vantage write them (BenchmarkDecode). Others, such as with white space, take
// half of it; what that quick decoder refuses, such as an hour of one digit,
// the standard one decides. It reads into its place, since an item has half a
// kilobyte of pointers.
func decodeItem(b []byte, it *item.Item) (err error) {
	s := scratches.Get().(*scratch)
	*it = item.Item{}
	ok := readItem(b, s, it)
	scratches.Put(s)
	if ok && it.Check() == nil {
		return nil
	}
	*it = item.Item{}
	if json.Unmarshal(b, it, asStandard) == nil && it.Check() == nil {
		return nil
	}
	*it, err = item.Decode(b)
	return err
}
