package stream

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vantage/collectors/item"
)

// asStandard lets the quick decoder read what encoding/json reads.
var asStandard = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// decodeItem is item.Decode at less than half the cost: 6.5 us against 14.9 us
// for an item of 1.5 KB with every field set (BenchmarkDecode). What the quick
// decoder refuses, such as an hour of one digit, the standard one decides.
func decodeItem(b []byte) (item.Item, error) {
	var it item.Item
	if json.Unmarshal(b, &it, asStandard) == nil && it.Check() == nil {
		return it, nil
	}
	return item.Decode(b)
}
