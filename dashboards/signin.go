package dashboards

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// operatorCookie is the only cookie of the site; only an operator gets it.
	operatorCookie = "vantage-operator"
	signedInFor    = 12 * time.Hour
	maxForm        = 64 << 10 // bytes
)

// pass is the value of the cookie: until when it holds, and a proof that we
// said so. It needs no memory, holds after a restart, and ends with the token.
func (d *Dashboard) pass(until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 10)
	mac := hmac.New(sha256.New, []byte("operator until\n"+d.Operator.Token))
	mac.Write([]byte(end))
	return end + "." + hex.EncodeToString(mac.Sum(nil))
}

// signedIn tells whether the request comes from the operator.
func (d *Dashboard) signedIn(r *http.Request) bool {
	c, err := r.Cookie(operatorCookie)
	if err != nil || d.Operator.Token == "" {
		return false
	}
	end, _, _ := strings.Cut(c.Value, ".")
	unix, err := strconv.ParseInt(end, 10, 64)
	until := time.Unix(unix, 0)
	return err == nil && time.Now().Before(until) && subtle.ConstantTimeCompare([]byte(c.Value), []byte(d.pass(until))) == 1
}

// signIn checks the token and sets the cookie.
func (d *Dashboard) signIn(w http.ResponseWriter, r *http.Request) {
	if wait, ok := d.knocks.allow(r); !ok {
		d.tooOften(w, r, wait)
		return
	}
	given := sha256.Sum256([]byte(strings.TrimSpace(r.PostFormValue("token"))))
	want := sha256.Sum256([]byte(d.Operator.Token))
	if d.Operator.Token == "" || subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		d.showSignIn(w, r, http.StatusForbidden, &Refusal{"token", "the token is wrong; `vantage operator` prints the right one"})
		return
	}
	d.setPass(w, r, d.pass(time.Now().Add(signedInFor)), int(signedInFor/time.Second))
	http.Redirect(w, r, "/operator", http.StatusSeeOther)
}

func (d *Dashboard) signOut(w http.ResponseWriter, r *http.Request) {
	d.setPass(w, r, "", -1)
	http.Redirect(w, r, "/operator", http.StatusSeeOther)
}

func (d *Dashboard) setPass(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: operatorCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: strings.HasPrefix(d.base(r), "https://")})
}

// post takes a form from our own pages: the browser says where it comes from,
// and a form of another site is refused.
func (d *Dashboard) post(pattern string, h http.HandlerFunc) {
	d.mux.HandleFunc("POST "+pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := d.origins.Check(r); err != nil {
			d.problem(w, r, http.StatusForbidden, "This form came from another site", "Open the page here and send it again.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			d.problem(w, r, http.StatusBadRequest, "This form cannot be read", "It is damaged or too long. Go back and send it again.")
			return
		}
		h(w, r)
	})
}

// postOperator takes a form of the operator.
func (d *Dashboard) postOperator(pattern string, h http.HandlerFunc) {
	d.post(pattern, func(w http.ResponseWriter, r *http.Request) {
		if !d.signedIn(r) {
			d.showSignIn(w, r, http.StatusForbidden, &Refusal{"token", "you are not signed in any more; sign in and do it again"})
			return
		}
		h(w, r)
	})
}

// tooOften asks a reader to wait.
func (d *Dashboard) tooOften(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	w.Header().Set("Retry-After", retryAfter(wait))
	d.problem(w, r, http.StatusTooManyRequests, "Please wait a moment", "That was often in a short time. Try again in "+inWords(wait)+".")
}

func retryAfter(wait time.Duration) string { return strconv.Itoa(int(wait/time.Second) + 1) }
