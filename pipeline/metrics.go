package pipeline

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vantage/pipeline/store"
)

// metrics count what a Pipeline did.
type metrics struct {
	stored, unchanged, stale, deleted, rejected prometheus.Counter

	size, seconds prometheus.Histogram
	lag, pending  prometheus.Gauge
}

// newMetrics registers the metrics with r; nil: they are counted but not shown.
func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		size: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vantage_pipeline_batch_items", Help: "Items in a batch.", Buckets: []float64{1, 10, 100, 500, 1000, 2500, 5000, together},
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vantage_pipeline_batch_seconds", Help: "Time to tag and store a batch.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 14),
		}),
		lag:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "vantage_pipeline_lag_seconds", Help: "Age of the oldest message of the last batch when it was stored; 0 when nothing waits."}),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{Name: "vantage_pipeline_pending", Help: "Messages that waited behind the last batch."}),
	}
	items := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vantage_pipeline_items_total", Help: "Items by what became of them.",
	}, []string{"outcome"})
	m.stored, m.unchanged = items.WithLabelValues("stored"), items.WithLabelValues("unchanged")
	m.stale, m.deleted = items.WithLabelValues("stale"), items.WithLabelValues("deleted")
	m.rejected = items.WithLabelValues("rejected")
	if r != nil {
		r.MustRegister(items, m.size, m.seconds, m.lag, m.pending)
	}
	return m
}

func (m *metrics) written(w store.Written) {
	m.stored.Add(float64(w.Stored))
	m.unchanged.Add(float64(w.Unchanged))
	m.stale.Add(float64(w.Stale))
	m.deleted.Add(float64(w.Deleted))
}

func (m *metrics) batch(b *prepared, took time.Duration) {
	m.size.Observe(float64(len(b.Items)))
	m.seconds.Observe(took.Seconds())
	m.pending.Set(float64(b.Pending))
	m.lag.Set(0)
	if b.Pending > 0 {
		m.lag.Set(time.Since(b.Oldest).Seconds())
	}
}

// refreshMetrics count what a Refresher did.
type refreshMetrics struct {
	seconds prometheus.Histogram
	left    prometheus.Gauge
}

func newRefreshMetrics(r prometheus.Registerer) *refreshMetrics {
	m := &refreshMetrics{
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vantage_refresh_seconds", Help: "Time to derive the weeks that changed.", Buckets: prometheus.ExponentialBuckets(0.01, 2, 14),
		}),
		left: prometheus.NewGauge(prometheus.GaugeOpts{Name: "vantage_refresh_weeks_left", Help: "Weeks that changed and are not derived anew yet."}),
	}
	if r != nil {
		r.MustRegister(m.seconds, m.left)
	}
	return m
}
