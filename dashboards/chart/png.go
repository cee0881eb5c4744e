package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// png paints the scene at scale pixels to a CSS pixel.
func (s *scene) png(scale float64) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, int(s.width*scale), int(s.height*scale)))
	draw.Draw(img, img.Bounds(), image.NewUniform(s.theme.Ground), image.Point{}, draw.Src)
	for i := range s.marks {
		s.marks[i].paint(img, scale, s.theme)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("png of %q: %w", s.title, err)
	}
	return b.Bytes(), nil
}

func (m *inked) paint(img *image.RGBA, scale float64, t Theme) {
	at := func(v float64) int { return int(v*scale + 0.5) }
	box := image.Rect(at(m.x), at(m.y), at(m.x+m.w), at(m.y+m.h))
	switch m.shape {
	case rect:
		draw.Draw(img, box, image.NewUniform(m.fill), image.Point{}, draw.Src)
	case hatch:
		paintHatch(img, box, scale, t.Hatch)
	case frame:
		paintFrame(img, box, at(1), m.stroke, m.dash)
	case textMark:
		m.paintText(img, scale)
	}
}

// paintHatch draws diagonal lines, five pixels apart.
func paintHatch(img *image.RGBA, box image.Rectangle, scale float64, c RGB) {
	box, ink := box.Intersect(img.Bounds()), c.opaque()
	step, thick := int(7*scale), max(1, int(2*scale))
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if (x+y)%step < thick {
				img.SetRGBA(x, y, ink)
			}
		}
	}
}

func paintFrame(img *image.RGBA, box image.Rectangle, thick int, c RGB, dash bool) {
	ink := c.opaque()
	on := func(i int) bool { return !dash || i%(5*thick) < 3*thick }
	for x := box.Min.X; x < box.Max.X; x++ {
		for t := 0; t < thick && on(x-box.Min.X); t++ {
			img.SetRGBA(x, box.Min.Y+t, ink)
			img.SetRGBA(x, box.Max.Y-1-t, ink)
		}
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for t := 0; t < thick && on(y-box.Min.Y); t++ {
			img.SetRGBA(box.Min.X+t, y, ink)
			img.SetRGBA(box.Max.X-1-t, y, ink)
		}
	}
}

func (m *inked) paintText(img *image.RGBA, scale float64) {
	withFace(m.size*scale, m.bold, func(f font.Face) {
		d := font.Drawer{Dst: img, Src: image.NewUniform(m.fill), Face: f}
		x := m.x * scale
		switch m.anchor {
		case middle:
			x -= float64(d.MeasureString(m.text)) / 128
		case end:
			x -= float64(d.MeasureString(m.text)) / 64
		}
		d.Dot = fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(m.y * scale * 64)}
		d.DrawString(m.text)
	})
}
