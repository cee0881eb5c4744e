package dashboards

import "net/http"

// optOut answers the page that says how to be left out.
func (d *Dashboard) optOut(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, http.StatusOK, "optout", d.page(r, "/opt-out", "How to be left out", nil))
}
