package collectors

import (
	"os/exec"
	"strings"
	"testing"
)

// TestFeedsAreReadByGofeed holds a decision of the project: feeds are parsed by
// gofeed, which many people keep up. The feed layer stands around it: what comes
// before repairs, cuts and caps the bytes, so that gofeed gets a well-formed
// document of bounded size and depth; what comes after maps and mends fields.
func TestFeedsAreReadByGofeed(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "vantage/collectors").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "github.com/mmcdole/gofeed/rss\n") {
		t.Error("feed layer: collectors does not use github.com/mmcdole/gofeed any more. It is a fixed dependency of this project " +
			"(the design says: kind feed on gofeed's parser, our layer around it). Keep the tolerant walker as the layer before it: " +
			"let it write a repaired, capped, well-formed document, hand that to gofeed.Parser, and map its items.")
	}
}
