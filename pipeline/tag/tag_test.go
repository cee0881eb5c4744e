package tag

import "testing"

func TestBuiltInVocabularyIsSound(t *testing.T) {
	v, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Check(v) {
		t.Error(p)
	}
	if len(v.Terms(Topics)) < 65 || len(v.Terms(Tools)) < 178 || len(v.Terms(Themes)) != 20 {
		t.Errorf("%d topics, %d tools and %d themes; at least 65, 178 and exactly 20 are expected",
			len(v.Terms(Topics)), len(v.Terms(Tools)), len(v.Terms(Themes)))
	}
}
