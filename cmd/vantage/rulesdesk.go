package main

import (
	"context"
	"time"

	"vantage/dashboards"
)

// The rulebook is what the operator's page shows of the vocabulary.
var _ dashboards.Rules = (*rulebook)(nil)

// Rules says how things stand.
func (b *rulebook) Rules(ctx context.Context) (dashboards.RulesView, error) {
	st, err := b.state(ctx)
	if err != nil {
		return dashboards.RulesView{}, err
	}
	v := dashboards.RulesView{Version: st.Rules, Since: st.Since, Problem: st.Problem, Found: st.Found, Older: st.Older,
		BuiltIn: b.h.cfg.Vocabulary == "", Auto: b.h.cfg.Retag == retagAuto}
	if r := st.Retag; r != nil {
		v.Running, v.Read, v.Total, v.Changed, v.Ended = r.Running, r.Read, r.Total, r.Changed, r.Ended
		v.Rate, v.Left = r.Rate, time.Duration(r.Left)*time.Second
		v.Interrupted = !r.Running && !r.Over() && r.Rules == st.Rules
	}
	return v, nil
}

// Retag begins one; run carries it out.
func (b *rulebook) Retag(context.Context) error {
	b.mu.Lock()
	running := b.running != nil
	var p retagProgress
	if running {
		p = *b.running // it goes on meanwhile
	}
	b.mu.Unlock()
	if running {
		return refusal("retag", errRetagRuns{p}.Error())
	}
	select {
	case b.asked <- struct{}{}:
	default: // it is about to begin
	}
	return nil
}
