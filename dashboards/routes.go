package dashboards

import (
	"net/http"

	"vantage/dashboards/chart"
)

func (d *Dashboard) routes() {
	get := func(pattern string, h http.HandlerFunc) { d.mux.Handle("GET "+pattern, h) }
	for _, c := range chart.All() {
		path := c.Path
		if path == "/" {
			path = "/{$}"
		}
		get(path, d.chartPage(c))
	}
	get("/charts/{file}", d.chartFile)
	get("/embed/{id}", d.embed)
	get("/embed.js", d.embedScript)
	get("/items", d.items)
	get("/items.json", d.itemsFile("json", "application/json", storiesJSON))
	get("/items.csv", d.itemsFile("csv", "text/csv; charset=utf-8; header=present", storiesCSV))
	get("/sources", d.sources)
	get("/about", d.about)
	get("/opt-out", d.optOut)
	d.tryRoutes()
	d.operatorRoutes()
	d.searchRoutes()
	get("/events", d.events)
	get("/assets/{hash}/{name}", d.asset)
	get("/robots.txt", d.robots)
	get("/healthz", d.healthz)
	get("/readyz", d.readyz)
	d.mux.Handle("GET /metrics", d.metrics.handler())
	d.mux.HandleFunc("/", d.notFound)
}

// operatorRoutes are the pages that take something; each is there only where
// it is wired.
func (d *Dashboard) operatorRoutes() {
	o := d.Operator
	if o.Nominations != nil {
		d.mux.HandleFunc("GET /nominate", d.nominateForm)
		d.mux.HandleFunc("GET /nominate/sent", d.nominateSent)
		d.post("/nominate", d.nominate)
		d.mux.HandleFunc("POST /api/v1/nominations", d.nominateAPI)
		d.mux.HandleFunc("/api/v1/nominations", d.notAllowed)
		d.postOperator("/operator/nominations", d.decideNomination)
	}
	if o.Token != "" {
		d.mux.HandleFunc("GET /operator", d.operator)
		d.post("/operator/sign-in", d.signIn)
		d.post("/operator/sign-out", d.signOut)
	}
	if o.Rules != nil {
		d.postOperator("/operator/retag", d.retag)
	}
	if o.OptOuts != nil {
		d.postOperator("/operator/opt-outs", d.changeOptOut)
	}
	if o.Sources != nil {
		d.postOperator("/operator/sources", d.changeSource)
		d.postOperator("/operator/sources/find", d.seekSource)
		d.postOperator("/operator/sources/add", d.addSource)
	}
}

// ServeHTTP sets the headers that every answer carries, counts it, and turns
// a panic into the error page.
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	rec := &recorder{ResponseWriter: w}
	done := d.metrics.start()
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			d.fail(rec, r, panicError{p})
		}
		done(r.Pattern, rec.code())
	}()
	d.mux.ServeHTTP(rec, r)
}
