package main

import (
	"strings"

	"vantage/collectors"
	"vantage/collectors/item"
	"vantage/pipeline/council"
)

// centralDomains are of the governments and parliaments of the UK. The domains
// below them count too, but for gov.uk, below which councils live as well.
var centralDomains = []string{
	"service.gov.uk", "blog.gov.uk", "campaign.gov.uk", "data.gov.uk", "gov.scot", "gov.wales", "llyw.cymru", "parliament.uk", "parliament.scot",
	"senedd.wales", "northernireland.gov.uk", "nidirect.gov.uk", "ons.gov.uk", "nationalarchives.gov.uk", "nhs.uk", "mod.uk",
}

// publisherClasses says what sort of body publishes under a domain: as a
// configured source says of that very domain, else a council of the register,
// else the governments.
func publisherClasses(register *council.Register, sources []collectors.Source) func(domain string) item.Class {
	known := map[string]item.Class{"gov.uk": item.Central}
	for _, d := range centralDomains {
		known["."+d] = item.Central
	}
	for _, c := range register.All() {
		if c.Domain != "" {
			known["."+strings.TrimPrefix(strings.ToLower(c.Domain), "www.")] = item.Council
		}
	}
	for _, s := range sources {
		if s.Class != item.Unknown && s.Class != item.Person && s.Class != "" {
			known[s.Publisher] = s.Class
		}
	}
	return func(domain string) item.Class {
		domain = strings.TrimPrefix(strings.ToLower(domain), "www.")
		if c, ok := known[domain]; ok {
			return c
		}
		for at := "." + domain; ; {
			if c, ok := known[at]; ok {
				return c
			}
			i := strings.IndexByte(at[1:], '.')
			if i < 0 {
				return item.Unknown
			}
			at = at[1+i:]
		}
	}
}
