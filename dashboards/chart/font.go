package chart

import (
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
)

// The Go fonts come with golang.org/x/image, so that text can be measured and
// painted without a font file. A face is not safe for concurrent use.
var (
	faceLock sync.Mutex
	faces    = map[faceKey]font.Face{}
	parsed   = map[bool]*opentype.Font{false: mustFont(goregular.TTF), true: mustFont(gobold.TTF)}
)

type faceKey struct {
	size float64
	bold bool
}

func mustFont(ttf []byte) *opentype.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic("chart: a font built into the program cannot be read: " + err.Error())
	}
	return f
}

// withFace lends the face of this size, in pixels, to do.
func withFace(size float64, bold bool, do func(font.Face)) {
	faceLock.Lock()
	defer faceLock.Unlock()
	k := faceKey{size, bold}
	if faces[k] == nil {
		f, err := opentype.NewFace(parsed[bold], &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			panic("chart: a face built into the program cannot be made: " + err.Error())
		}
		faces[k] = f
	}
	do(faces[k])
}

// textWidth measures words, in pixels.
func textWidth(words string, size float64, bold bool) (w float64) {
	withFace(size, bold, func(f font.Face) { w = float64(font.MeasureString(f, words)) / 64 })
	return w
}

// fit cuts words to a width and marks the cut.
func fit(words string, size float64, bold bool, width float64) string {
	if textWidth(words, size, bold) <= width {
		return words
	}
	runes := []rune(words)
	for n := len(runes) - 1; n > 0; n-- {
		if cut := string(runes[:n]) + "…"; textWidth(cut, size, bold) <= width {
			return cut
		}
	}
	return "…"
}
