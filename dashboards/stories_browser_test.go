package dashboards

import (
	"testing"

	"vantage/dashboards/browsertest"
)

// The list of who followed opens with the keyboard and without scripts, and
// fits a phone.
func TestWhoFollowedOpensWithoutScripts(t *testing.T) {
	_, s := serve(t, retold(), house)
	p := browsertest.Open(t)
	p.Scripts(false)
	p.Go(s.URL + "/items" + retoldList)
	const open = `document.querySelector(".told").open`
	if browsertest.Eval[bool](p, open) {
		t.Error("it is open from the beginning")
	}
	p.Click(".told summary")
	p.Wait(open)
	p.Shot("stories-light")
	p.Scheme("dark")
	p.Shot("stories-dark")
	p.Size(390, 844)
	if n := browsertest.Eval[int](p, overflow); n > 0 {
		t.Errorf("the phone's page is %d px too wide", n)
	}
	p.Shot("stories-phone")
	p.Scripts(true)
	p.Go(s.URL + "/items" + retoldList)
	p.Click(".told summary")
	for _, v := range p.Axe() {
		t.Errorf("stories: %v", v)
	}
}
