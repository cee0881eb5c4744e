package council

import "strings"

// initials are the Welsh initial mutations, longest initial first.
var initials = []struct {
	from    string
	mutated []string
}{
	{"Ll", []string{"L"}}, {"Rh", []string{"R"}},
	{"C", []string{"G", "Ch", "Ngh"}}, {"P", []string{"B", "Ph", "Mh"}}, {"T", []string{"D", "Th", "Nh"}},
	{"G", []string{"", "Ng"}}, {"B", []string{"F", "M"}}, {"D", []string{"Dd", "N"}}, {"M", []string{"F"}},
}

// mutations returns the forms that a Welsh name takes after certain words
// ("yng Ngheredigion", "i Gaerdydd"). Short names give none: their mutated
// forms are other words.
func mutations(s string) []string {
	if len(s) < 5 {
		return nil
	}
	var forms []string
	for _, in := range initials {
		rest, ok := strings.CutPrefix(s, in.from)
		if !ok {
			continue
		}
		for _, m := range in.mutated {
			if m == "" {
				forms = append(forms, strings.ToUpper(rest[:1])+rest[1:])
			} else {
				forms = append(forms, m+rest)
			}
		}
		break
	}
	return forms
}
