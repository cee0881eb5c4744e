package collectors

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics counts what the poller does. Labels are kinds and results, never
// sources: two thousand feeds would make two thousand series.
type metrics struct {
	visits  *prometheus.CounterVec
	items   *prometheus.CounterVec
	bytes   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	running prometheus.Gauge
	streams prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	if r == nil {
		r = prometheus.NewRegistry()
	}
	f := promauto.With(r)
	return &metrics{
		visits: f.NewCounterVec(prometheus.CounterOpts{
			Name: "vantage_collector_visits_total", Help: "Visits to sources by kind and result.",
		}, []string{"kind", "result"}),
		items: f.NewCounterVec(prometheus.CounterOpts{
			Name: "vantage_collector_items_total", Help: "Items published by kind and operation.",
		}, []string{"kind", "op"}),
		bytes: f.NewCounterVec(prometheus.CounterOpts{
			Name: "vantage_collector_bytes_total", Help: "Bytes of bodies received, as they travelled.",
		}, []string{"kind"}),
		seconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vantage_collector_visit_seconds", Help: "Duration of visits, waiting for the host included.",
			Buckets: []float64{0.01, 0.05, 0.2, 1, 5, 15, 60},
		}, []string{"kind"}),
		running: f.NewGauge(prometheus.GaugeOpts{
			Name: "vantage_collector_visits_running", Help: "Visits under way.",
		}),
		streams: f.NewGauge(prometheus.GaugeOpts{
			Name: "vantage_collector_streams", Help: "Streams that are followed right now.",
		}),
	}
}
