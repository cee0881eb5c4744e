// Package browsertest drives a headless Chromium for tests of pages: what
// readers see, press and hear, and what the browser refuses.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is far above what any step takes, for machines that are busy with
// other tests.
const patience = 90 * time.Second

// names of the program, by preference.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// Page is one tab with its own profile.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	requests []string
}

// Open starts a browser with one tab of 1280 x 900 pixels. Where there is no
// browser the test is skipped, and fails if CI is set.
func Open(t testing.TB) *Page {
	t.Helper()
	program := find()
	if program == "" {
		const missing = "no Chromium found; install it (Debian: apt-get install chromium) to run the browser tests"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	// The browser writes to its profile until it has ended, so the folder is
	// made here and not by t.TempDir, which fails on what it cannot remove.
	dir, err := os.MkdirTemp("", "vantage-browser-")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("window-size", "1280,900"))...)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		chromedp.Cancel(ctx)
		leave()
		stop()
		cancel()
		os.RemoveAll(dir)
	})
	p := &Page{t: t, ctx: ctx}
	// The first step starts the browser and binds it to its context.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("browser: start %s: %v", program, err)
	}
	p.watch()
	p.Size(1280, 900)
	return p
}

func find() string {
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path
		}
	}
	return ""
}

// watch records requests, and violations of the content security policy in
// window.refused of every document.
func (p *Page) watch() {
	p.t.Helper()
	err := chromedp.Listen(p.ctx, func(ev any) {
		if r, ok := ev.(*network.EventRequestWillBeSent); ok {
			p.mu.Lock()
			p.requests = append(p.requests, r.Request.URL)
			p.mu.Unlock()
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.do(call(network.Enable, network.EnableParams{}))
	p.do(call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	p.do(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.refused=[];document.addEventListener("securitypolicyviolation",e=>window.refused.push(e.effectiveDirective+" "+e.blockedURI));`}))
}

func call[P, R any](cmd cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, cmd, params)
		return chromedp.Void{}, err
	}
}

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("browser: %v", err)
	}
}

// Go loads an address and waits for its load event.
func (p *Page) Go(address string) { p.t.Helper(); p.do(chromedp.Navigate(address)) }

// Size sets the size of the window in CSS pixels.
func (p *Page) Size(width, height int64) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(width, height))
}

// Scheme sets what the reader's system prefers: "light" or "dark".
func (p *Page) Scheme(name string) {
	p.t.Helper()
	p.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}}))
}

// Scripts switches the scripts of pages on or off.
func (p *Page) Scripts(on bool) {
	p.t.Helper()
	p.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}))
}

// Press sends keys to what has the focus; see the package kb of chromedp.
func (p *Page) Press(keys string) { p.t.Helper(); p.do(chromedp.KeyEvent(keys)) }

// Click clicks the middle of the first element that matches.
func (p *Page) Click(selector string) {
	p.t.Helper()
	at := Eval[[]float64](p, fmt.Sprintf(`(()=>{const e=document.querySelector(%q);e.scrollIntoView({block:"center"});const r=e.getBoundingClientRect();return [r.x+r.width/2,r.y+r.height/2]})()`, selector))
	p.do(chromedp.MouseClickXY(at[0], at[1]))
}

// Point moves the mouse over the middle of the first element that matches.
func (p *Page) Point(selector string) {
	p.t.Helper()
	at := Eval[[]float64](p, fmt.Sprintf(`(()=>{const e=document.querySelector(%q);e.scrollIntoView({block:"center"});const r=e.getBoundingClientRect();return [r.x+r.width/2,r.y+r.height/2]})()`, selector))
	p.do(chromedp.MouseEvent("mouseMoved", at[0], at[1]))
}

// Wait waits until a JavaScript expression is true.
func (p *Page) Wait(expression string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if ok, err := evaluate[bool](p, "!!("+expression+")"); err == nil && ok {
			return
		}
	}
	p.t.Fatalf("browser: %s did not come true; the page says: %.300s", expression, Eval[string](p, `document.body.innerText`))
}

// Eval returns the value of a JavaScript expression, awaiting a promise.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	v, err := evaluate[T](p, expression)
	if err != nil {
		p.t.Fatalf("browser: %.120s: %v", expression, err)
	}
	return v
}

func evaluate[T any](p *Page, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Foreign lists the requests that went to another host than those allowed.
func (p *Page) Foreign(allowed ...string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, r := range p.requests {
		own := strings.HasPrefix(r, "data:") || strings.HasPrefix(r, "about:")
		for _, a := range allowed {
			own = own || strings.HasPrefix(r, a)
		}
		if !own {
			out = append(out, r)
		}
	}
	return out
}

// Refused lists the violations of the content security policy of this page.
func (p *Page) Refused() []string { p.t.Helper(); return Eval[[]string](p, `window.refused||[]`) }

// Shot saves a picture of the whole page where VANTAGE_SHOTS names a folder.
func (p *Page) Shot(name string) {
	p.t.Helper()
	dir := os.Getenv("VANTAGE_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Errorf("screenshot %s: %v", name, err)
	}
}

// Violation is one rule of axe-core that the page breaks.
type Violation struct{ ID, Impact, Why, Where string }

func (v Violation) String() string {
	return fmt.Sprintf("%s (%s) at %s: %s", v.ID, v.Impact, v.Where, v.Why)
}

// Axe runs axe-core's rules for WCAG 2.2 A and AA and its good practices on
// the page as it stands.
func (p *Page) Axe() []Violation {
	p.t.Helper()
	script, err := os.ReadFile(axePath())
	if err != nil {
		const missing = "axe-core is missing; run `npm ci --ignore-scripts` in dashboards/web to run the accessibility tests"
		if os.Getenv("CI") != "" {
			p.t.Fatal(missing)
		}
		p.t.Skip(missing)
	}
	Eval[bool](p, string(script)+";true")
	said := Eval[string](p, `axe.run(document,{runOnly:["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"],resultTypes:["violations"]}).then(r=>JSON.stringify(r.violations.map(v=>({ID:v.id,Impact:v.impact,Why:v.nodes[0].failureSummary,Where:v.nodes[0].html.slice(0,200)+" ("+v.nodes.length+" in all)"}))))`)
	var list []Violation
	if err := json.Unmarshal([]byte(said), &list); err != nil {
		p.t.Fatal(err)
	}
	return list
}

// axePath stands beside the front end's other packages.
func axePath() string {
	_, self, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(self), "..", "web", "node_modules", "axe-core", "axe.min.js")
}
