package tag

import "strings"

// adoptionText is what a post does with a tool, in words.
var adoptionText = map[string]string{Uses: "in use", Offers: "offered", Mentions: "mentioned"}

// markNames are the marks in words.
var markNames = map[string]string{
	"lesson": "Lesson", "failure": "Failure", "event": "Event",
	"repository": "Code repository", "template": "Template", "standard": "Standard", "dataset": "Dataset",
}

// facetLines adds the stage and the marks of a post, artefacts with their
// addresses.
func facetLines(list []Line, r Result) []Line {
	if r.Stage.ID != "" {
		list = append(list, Line{"Stage", r.Stage.ID, strings.ToUpper(r.Stage.ID[:1]) + r.Stage.ID[1:], "", r.Stage.Reasons})
	}
	for _, m := range r.Marks {
		var links []string
		for _, a := range r.Artefacts {
			if a.Kind == m.ID {
				links = append(links, a.URL)
			}
		}
		list = append(list, Line{"Also", m.ID, markNames[m.ID], strings.Join(links, ", "), m.Reasons})
	}
	return list
}
