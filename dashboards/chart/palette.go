package chart

import (
	"fmt"
	"image/color"
	"math"
)

// RGB is an opaque colour.
type RGB struct{ R, G, B uint8 }

// Hex writes "#rrggbb".
func (c RGB) Hex() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// RGBA satisfies color.Color.
func (c RGB) RGBA() (r, g, b, a uint32) { return c.opaque().RGBA() }

func (c RGB) opaque() color.RGBA { return color.RGBA{c.R, c.G, c.B, 255} }

func rgb(hex uint32) RGB { return RGB{uint8(hex >> 16), uint8(hex >> 8), uint8(hex)} }

// Theme is a set of colours. Ramp holds the classes from few to many; every
// pair of them differs by at least 10 (CIEDE2000) also under simulated colour
// blindness, and the worst label on them has a contrast of 4.6.
type Theme struct {
	Name                     string
	Ground, Ink, Muted, Line RGB
	Hatch                    RGB
	Ramp                     [RampSteps]RGB
}

var ramp = [RampSteps]RGB{rgb(0xf0f5ec), rgb(0xa7cfcd), rgb(0x5fa6c2), rgb(0x3b79ac), rgb(0x274e88), rgb(0x1e2756)}

// The two themes. In the dark the ramp is reversed, so that many items always
// stand out from the ground.
var (
	Light = Theme{Name: "light", Ground: rgb(0xffffff), Ink: rgb(0x0b0c0c), Muted: rgb(0x505a5f), Line: rgb(0xcfd5d8), Hatch: rgb(0xb1b9be), Ramp: ramp}
	Dark  = Theme{Name: "dark", Ground: rgb(0x11161b), Ink: rgb(0xf2f5f7), Muted: rgb(0xa9b5bf), Line: rgb(0x37424c), Hatch: rgb(0x4c5863), Ramp: reversed(ramp)}
)

func reversed(r [RampSteps]RGB) (out [RampSteps]RGB) {
	for i, c := range r {
		out[RampSteps-1-i] = c
	}
	return out
}

// ThemeNamed returns Dark for "dark", else Light.
func ThemeNamed(name string) Theme {
	if name == Dark.Name {
		return Dark
	}
	return Light
}

// On returns the colour for text on a ground: near-black or white, whichever
// has the better contrast.
func On(ground RGB) RGB {
	black, white := Light.Ink, rgb(0xffffff)
	if Contrast(black, ground) >= Contrast(white, ground) {
		return black
	}
	return white
}

// Contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func Contrast(a, b RGB) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(c RGB) float64 {
	lin := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c.R) + 0.7152*lin(c.G) + 0.0722*lin(c.B)
}
