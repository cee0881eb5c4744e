package main

import (
	"cmp"

	"vantage/collectors"
	"vantage/collectors/item"
	"vantage/dashboards"
)

// views joins what is known of each source with how its visits went.
func (d *desk) views(statuses []collectors.Status) []dashboards.SourceView {
	byKey := make(map[string]collectors.Status, len(statuses))
	for _, s := range statuses {
		byKey[s.Source] = s
	}
	sources := d.sources()
	views := make([]dashboards.SourceView, 0, len(sources))
	for _, s := range sources {
		st := byKey[s.Key]
		v := dashboards.SourceView{
			Key: s.Key, Kind: s.Kind, URL: s.URL, Name: s.Name, Publisher: s.Publisher, Class: string(cmp.Or(s.Class, item.Unknown)),
			State: st.State, Error: cmp.Or(st.Error, st.Notice), HTTPStatus: st.HTTPStatus,
			LastVisit: st.LastVisit, LastOK: st.LastOK, NextVisit: st.NextVisit, Following: st.Following && !s.Paused,
			Pace: st.Pace, Since: st.Since, Rate: st.Rate, Coverage: st.Coverage, Failures: st.Failures,
		}
		if s.Paused {
			v.State, v.Error = collectors.StatePaused, d.why(s)
		}
		views = append(views, v)
	}
	return views
}
