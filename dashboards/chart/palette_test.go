package chart

import (
	"fmt"
	"os"
	"regexp"
	"testing"
)

// Limits of WCAG 2.2 AA: text, and what is not text.
const (
	textContrast  = 4.5
	shapeContrast = 3.0
)

func TestContrast(t *testing.T) {
	if c := Contrast(rgb(0x000000), rgb(0xffffff)); c != 21 {
		t.Fatalf("black on white is %g", c)
	}
	for _, theme := range []Theme{Light, Dark} {
		check := func(what string, a, b RGB, want float64) {
			if c := Contrast(a, b); c < want {
				t.Errorf("%s: %s has %.2f, want %g", theme.Name, what, c, want)
			}
		}
		check("ink", theme.Ink, theme.Ground, textContrast)
		check("muted ink", theme.Muted, theme.Ground, textContrast)
		for k, c := range theme.Ramp {
			check(fmt.Sprintf("the number in class %d", k+1), On(c), c, textContrast)
		}
		check("the strongest class", theme.Ramp[RampSteps-1], theme.Ground, shapeContrast)
		for k := 1; k < RampSteps; k++ {
			if Contrast(theme.Ramp[k], theme.Ground) <= Contrast(theme.Ramp[k-1], theme.Ground) {
				t.Errorf("%s: class %d does not stand out more than class %d", theme.Name, k+1, k)
			}
		}
	}
}

// TestStyleSheetHasTheSameColours compares the pairs light-dark(…) of the
// style sheet with the palette of the pictures.
func TestStyleSheetHasTheSameColours(t *testing.T) {
	css, err := os.ReadFile("../web/static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	pairs := map[string][2]string{}
	for _, m := range regexp.MustCompile(`--([a-z]+\d?): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`).FindAllStringSubmatch(string(css), -1) {
		pairs[m[1]] = [2]string{m[2], m[3]}
	}
	want := map[string][2]RGB{
		"ground": {Light.Ground, Dark.Ground}, "ink": {Light.Ink, Dark.Ink}, "muted": {Light.Muted, Dark.Muted},
		"line": {Light.Line, Dark.Line}, "hatch": {Light.Hatch, Dark.Hatch},
	}
	for k := range RampSteps {
		want[fmt.Sprintf("c%d", k+1)] = [2]RGB{Light.Ramp[k], Dark.Ramp[k]}
		want[fmt.Sprintf("t%d", k+1)] = [2]RGB{On(Light.Ramp[k]), On(Dark.Ramp[k])}
	}
	for name, w := range want {
		if got := pairs[name]; got != [2]string{w[0].Hex(), w[1].Hex()} {
			t.Errorf("--%s is %v, want %s and %s", name, got, w[0].Hex(), w[1].Hex())
		}
	}
	onGround := map[string]string{"link": "ground", "bad": "ground", "muted": "panel", "ink": "sample"}
	for name, ground := range onGround {
		for i := range 2 {
			if c := Contrast(parseHex(t, pairs[name][i]), parseHex(t, pairs[ground][i])); c < textContrast {
				t.Errorf("--%s on --%s has %.2f", name, ground, c)
			}
		}
	}
}

func parseHex(t *testing.T, s string) RGB {
	t.Helper()
	var c RGB
	if _, err := fmt.Sscanf(s, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
		t.Fatalf("colour %q: %v", s, err)
	}
	return c
}
