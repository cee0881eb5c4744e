package store

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestRetagBesideRandomWrites writes posts, edits, moves, second channels and
// deletions by new rules while a retag goes over what old rules had tagged, and
// holds the end to: every post as the model has it, tagged by the new rules.
func TestRetagBesideRandomWrites(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s, w := open(t), newWorld(seed)
			by := func(rules string) func(*Row) {
				return func(r *Row) { r.Topics, r.Rules = []string{rules + "-" + r.ContentHash}, rules }
			}
			deliver := func(rules string, n int) {
				rows := w.batch(n)
				for i := range rows {
					by(rules)(&rows[i])
				}
				if len(rows) == 0 {
					return
				}
				if _, err := s.Write(t.Context(), rows); err != nil {
					t.Error(err)
				}
			}
			for range 6 {
				deliver("old", 60)
			}
			var writing sync.WaitGroup
			stop := make(chan struct{})
			writing.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
						deliver("new", 1+n%9)
					}
				}
			})
			for range 2 { // the second finds what was written since
				if _, err := s.Retag(t.Context(), RetagConfig{Round: 20, Chunk: 7}, by("new")); err != nil {
					t.Error(err)
				}
			}
			close(stop)
			writing.Wait()
			w.checkTagged(t, s, by("new"))
		})
	}
}

// checkTagged compares what is stored with the model, tagged by rules.
func (w *world) checkTagged(t *testing.T, s *Store, tag func(*Row)) {
	t.Helper()
	want := map[string]string{}
	for id, r := range w.model.items() {
		tag(&r)
		want[id] = r.Week.Format(time.DateOnly) + " " + r.Topics[0]
	}
	got := map[string]string{}
	err := s.eachRecord(t.Context(), allFields, func(r record) { got[r.ID] = r.Week.Format(time.DateOnly) + " " + r.Topics[0] },
		"SELECT "+names(allFields)+" FROM items FINAL")
	if err != nil {
		t.Fatal(err)
	}
	for id := range want {
		if got[id] != want[id] {
			t.Errorf("%s is stored as %q, want %q", id, got[id], want[id])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d posts are stored, want %d", len(got), len(want))
	}
}

// TestRetagLosesNoEditMadeInBetween edits, deletes and moves posts between the
// moment when a retag read them and that when it writes.
func TestRetagLosesNoEditMadeInBetween(t *testing.T) {
	s := open(t)
	for _, id := range []string{"edited", "deleted", "moved", "same"} {
		write(t, s, post(id, 1))
	}
	var once sync.Once
	rules := func(r *Row) {
		once.Do(func() { // all are read by now
			write(t, s,
				post("edited", 2, func(r *Row) { r.Title, r.ContentHash = "Edited", "h2" }), Row{ID: "deleted", Version: 2, Deleted: true},
				post("moved", 2, weeksAgo(2)))
		})
		r.Topics = []string{"new", r.Title}
	}
	if _, err := s.Retag(ctx(t), RetagConfig{Workers: 1}, rules); err != nil {
		t.Fatal(err)
	}
	if r := stored(t, s, "edited"); r.Title != "Edited" || !slices.Equal(r.Topics, []string{"Edited", "new"}) || r.Version != 2 {
		t.Errorf("edited: %+v", r)
	}
	if r := stored(t, s, "same"); !slices.Contains(r.Topics, "new") {
		t.Errorf("same: %+v", r)
	}
	counts, err := s.Totals(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	refresh(t, s)
	if counts, err = s.Totals(ctx(t)); err != nil || counts.Items != 3 {
		t.Errorf("%+v, %v: want three posts, each once", counts, err)
	}
}

func TestASecondRetagIsRefused(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	_, err := s.Retag(ctx(t), RetagConfig{}, func(*Row) {
		if _, err := s.Retag(ctx(t), RetagConfig{}, func(*Row) {}); !errors.Is(err, ErrRetagging) {
			t.Errorf("a second retag beside the first: %v", err)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPostsByOtherRulesAreCounted(t *testing.T) {
	s := open(t)
	rules := func(v string) func(*Row) { return func(r *Row) { r.Rules = v } }
	write(t, s, post("a", 1, rules("v1")), post("b", 1, rules("v2")), post("c", 1, rules("v3")),
		post("gone", 1, rules("v0"), func(r *Row) { r.Expires = now.Add(-time.Hour) }))
	for want, versions := range map[int][]string{3: nil, 2: {"v2"}, 0: {"v1", "v2", "v3"}} {
		if n, err := s.TaggedOtherwise(ctx(t), versions); err != nil || n != want {
			t.Errorf("not by %v: %d, %v, want %d", versions, n, err, want)
		}
	}
	if v, err := s.RuleVersions(ctx(t)); err != nil || !slices.Equal(v, []string{"v1", "v2", "v3"}) {
		t.Errorf("%v, %v", v, err)
	}
}

// TestRetaggedColumnsAreWhole holds that each column of the list copies and
// compares its part of a row, and no other.
func TestRetaggedColumnsAreWhole(t *testing.T) {
	listed := map[string]bool{}
	for _, f := range retagged {
		if f.copy == nil || f.same == nil {
			t.Errorf("column %s does not say how a retag copies and compares it", f.name)
		}
		listed[f.name] = true
	}
	for _, f := range insertFields {
		if (f.copy != nil) != listed[f.name] {
			t.Errorf("column %s: copied by a retag %t, listed %t", f.name, f.copy != nil, listed[f.name])
		}
	}
	for i := range reflect.TypeFor[Row]().NumField() {
		name := reflect.TypeFor[Row]().Field(i).Name
		var from, to Row
		if name == "Adoption" { // stands beside the tools
			from.Tools, to.Tools = []string{"x"}, []string{"x"}
		}
		bare := to
		sample(reflect.ValueOf(&from).Elem().Field(i))
		setTags(&to, &from)
		copied := !reflect.ValueOf(to).Field(i).IsZero()
		if compared := !sameTags(&from, &bare); compared != copied && name != "Rules" {
			t.Errorf("Row.%s: copied by a retag %t, compared %t", name, copied, compared)
		}
	}
}

// sample gives a field a value that is not its zero.
func sample(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		sample(v.Index(0))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(now))
			return
		}
		for i := range v.NumField() {
			sample(v.Field(i))
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32:
		v.SetFloat(0.9)
	default:
		v.Set(reflect.ValueOf(1).Convert(v.Type()))
	}
}
