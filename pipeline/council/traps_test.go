package council_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/council"
)

// trap is a text with the short names of the councils that count in it, none
// for a trap.
type trap struct {
	text string
	want string // short names, parted by "; "
}

// traps by class: each class has texts that must not be taken in, and texts
// that look alike and are meant.
var traps = map[string][]trap{
	"foreign namesakes": {
		{"Durham City Council in North Carolina hired a data officer.", ""},
		{"The Plymouth select board in Massachusetts approved a zoning ordinance.", ""},
		{"Cambridge, Ontario, opened a library; Kitchener and Guelph sent greetings.", ""},
		{"Residents of Ipswich in Queensland get a new bin day.", ""},
		{"City of Perth councillors met the premier of Western Australia.", ""},
		{"Lincoln residents vote on a bond measure; the county commissioners oppose it.", ""},
		{"Durham County Council hired a data officer.", "County Durham"},
		{"Plymouth City Council approved a clean air plan.", "Plymouth"},
		{"Cambridge City Council opened a library.", "Cambridge"},
		{"Ipswich Borough Council residents get a new bin day.", "Ipswich"},
		{"Perth and Kinross Council met in Pitlochry.", "Perth and Kinross"},
		{"Birmingham City Council learned from Chicago how to map its trees.", "Birmingham"},
	},
	"persons": {
		{"Elliot Stroud, who taught me agile, has retired.", ""},
		{"Xanthe Hart, 43, said the form timed out.", ""},
		{"Mr Dudley and Ms Burnley thanked Cllr Preston.", ""},
		{"A paper by T. J. Sutton and K. Bromley.", ""},
		{"Cabinet member Ann Hart replied to leader Kevin Dudley.", ""},
		{"Prof. Warwick and Dr Lincoln wrote the evaluation.", ""},
		{"Zainab Bolton, head of product at a charity, spoke first.", ""},
		{"Stroud, who left in May, would not comment.", ""},
		{"“It was slow,” said Tomasz Bury, a shopkeeper.", ""},
		{"Lord Bath and Lady Warwick opened the fair.", ""},
		{"Stroud councillors voted for the plan.", "Stroud"},
		{"Following Dudley, Walsall has opened a data lab.", "Dudley; Walsall"},
		{"Will Bolton Council follow Bury Council?", "Bolton; Bury"},
		{"Meanwhile Hackney has put its forms on GOV.UK Notify.", "Hackney"},
	},
	"clubs and sport": {
		{"Reading 3-1 Bury: goals from the spot.", ""},
		{"Hull v Blackpool is off: frozen pitch.", ""},
		{"Leeds Rhinos beat Wigan Warriors.", ""},
		{"Swindon Town sign a striker on loan.", ""},
		{"Derby winner retires to stud.", ""},
		{"Bath Rugby and Exeter Chiefs in the Champions Cup.", ""},
		{"Swindon council buys the football ground from the club.", "Swindon"},
		{"Leeds City Council's sports centres have a new booking system.", "Leeds"},
	},
	"universities and other bodies": {
		{"Lancaster University and the University of Kent share a server.", ""},
		{"A PhD at York on data ethics.", ""},
		{"Kent Wildlife Trust and Essex Wildlife Trust map ponds.", ""},
		{"Bedfordshire Police and Cheshire Constabulary publish data.", ""},
		{"Leeds and York Partnership NHS Foundation Trust wins a grant.", ""},
		{"The Leeds Building Society opens a branch.", ""},
		{"East Suffolk Internal Drainage Board: a notice.", ""},
		{"The Sutton Trust reports on tuition.", ""},
		{"HMS Lancaster and RMS Bristol sailed.", ""},
		{"Lancaster City Council and Lancaster University share a server.", "Lancaster"},
		{"Norfolk County Council and the Norfolk Broads share a map.", "Norfolk"},
	},
	"parish, town and community councils": {
		{"Stroud Town Council will plant 200 trees.", ""},
		{"Lewes Town Council owns the Pells pool.", ""},
		{"Bradford on Avon Town Council switches to LED lights.", ""},
		{"Rugby Parish Council and Hart Community Council met.", ""},
		{"Stroud District Council will plant 200 trees.", "Stroud"},
		{"Lewes District Council and Lewes Town Council met.", "Lewes"},
		{"Devon gives parish councils £500 for broadband.", "Devon"},
	},
	"abbreviations with several owners": {
		{"Please BCC me and CC the others.", ""},
		{"The SCC toolkit and the LCC compiler.", ""},
		{"NCC says no.", ""},
		{"The BBC reports on WBC boxing.", ""},
		{"BCC says Bristol's clean air zone pays for buses.", "Bristol"},
		{"BCC says Birmingham's clean air zone pays for buses.", "Birmingham"},
		{"TMBC and its pension fund: Tameside members get a briefing.", "Tameside"},
		{"TMBC has a new local plan.", "Tonbridge and Malling"},
		{"WBC is behind on its local plan, Wokingham councillors heard.", "Wokingham"},
		{"WYCA and RBKC share a framework.", "West Yorkshire; Kensington and Chelsea"},
	},
	"possessives": {
		{"Worcester's City Council went into executive session.", ""},
		{"Hart's paper on trust cites Sutton's.", ""},
		{"Bath's Roman baths reopen.", ""},
		{"Hackney's cabinet agreed.", "Hackney"},
		{"Hackney’s cabinet agreed.", "Hackney"},
		{"St Helens' cabinet agreed.", "St Helens"},
		{"Wales’ newest tram? Cardiff’s budget pays.", "Cardiff"},
	},
	"hyphens": {
		{"Manchester-based firms and Belfast-born authors.", ""},
		{"Powys-Jones and Chester-Smith abstained.", ""},
		{"Stoke-on-Trent City Council and Newcastle-under-Lyme Borough Council disagree.", "Stoke-on-Trent; Newcastle-under-Lyme"},
		{"Stoke on Trent and Newcastle under Lyme councils disagree.", "Stoke-on-Trent; Newcastle-under-Lyme"},
		{"Southend–on–Sea City Council meets.", "Southend-on-Sea"},
		{"Leeds-led pilot: Leeds council pays.", "Leeds"},
	},
	"quotation marks": {
		{"‘Bury’ is a verb here; ‘bath’ is a noun.", ""},
		{"‘Barnsley Council’ and “Leeds City Council” both said so.", "Barnsley; Leeds"},
		{"King’s Lynn & West Norfolk says ‘no’.", "King's Lynn and West Norfolk"},
		{"King's Lynn and West Norfolk says no.", "King's Lynn and West Norfolk"},
	},
	"ampersands and commas in names": {
		{"M&S in Bath & Wells diocese.", ""},
		{"Hammersmith & Fulham, Kensington &amp; Chelsea councils agree.", "Hammersmith and Fulham; Kensington and Chelsea"},
		{"Bournemouth, Christchurch and Poole Council votes.", "Bournemouth, Christchurch and Poole"},
		{"Newry, Mourne & Down District Council votes.", "Newry, Mourne and Down"},
		{"East Sussex, West Sussex and Brighton & Hove have asked for a mayor.", "East Sussex; West Sussex; Brighton and Hove"},
	},
	"emoji": {
		{"🏖️Brighton🏖️ for the weekend, hotel booked", ""},
		{"🎉Hackney Council🎉 opens its data", "Hackney"},
		{"Leeds City Council 🦉: bins move to Friday", "Leeds"},
		{"📢Barnsley Council’s📢 budget is out", "Barnsley"},
	},
	"hashtags": {
		{"#ReadingFestival #BathRugby #YorkMinster #LeedsUnited", ""},
		{"#amreading #bathtime #rugby", ""},
		{"Proud today #BarnsleyCouncil", "Barnsley"},
		{"Proud today #barnsleycouncil", "Barnsley"},
		{"A talk on the #WiganDeal and #DigitalStockport", "Wigan; Stockport"},
		{"#SheffieldCityCouncil opens #libraries", "Sheffield"},
	},
	"handles": {
		{"@readingbooksdaily and @bath_rugby_fan and @york_minster", ""},
		{"mail jane@example.com about york@home", ""},
		{"Thanks @MyWakefield and @lambeth_council", "Wakefield; Lambeth"},
		{"cc @LeedsCC_Help", "Leeds"},
	},
	"links": {
		{"See https://example.com/leeds/council and www.york-news.com", ""},
		{"See cambridgema.gov for Cambridge residents", ""},
		{"https://www.gov.uk/find-local-council", ""},
		{"See https://consult.northumberland.gov.uk/budget", "Northumberland"},
		{"jobs@eastriding.gov.uk", "East Riding of Yorkshire"},
		{"www.ynysmon.llyw.cymru/swyddi", "Isle of Anglesey"},
	},
	"Welsh mutations": {
		{"Cynhadledd yng Nghaerdydd yfory.", ""},
		{"Mae trigolion yng Ngheredigion yn ailgylchu.", "Ceredigion"},
		{"Ymgynghoriad ar lyfrgelloedd yng Nghonwy.", "Conwy"},
		{"Bydd Cyngor Caerdydd a Chyngor Gwynedd yn cydweithio.", "Cardiff; Gwynedd"},
		{"Mae cynghorwyr Sir Gâr wedi pleidleisio.", "Carmarthenshire"},
	},
	"Gaelic and Irish names": {
		{"Comhairle na nÒg: cruinniú.", ""},
		{"Tha Comhairle nan Eilean Siar a’ sireadh bheachdan.", "Na h-Eileanan Siar"},
		{"Tá Comhairle Cathrach Bhéal Feirste ag éisteacht.", "Belfast"},
		{"Comhairle Ceantair an Iúir, Mhúrn agus an Dúin", "Newry, Mourne and Down"},
	},
	"right-to-left text": {
		{"مدينة جميلة", ""},
		{"أعلن \u200fHackney Council\u200f عن خطة جديدة", "Hackney"},
		{"\u202bמועצת Leeds City Council הודיעה\u202c", "Leeds"},
	},
	"lower case and capitals": {
		{"run a bath, then reading and rugby", ""},
		{"BREAKING: RUGBY FANS CELEBRATE", ""},
		{"leeds city council bins are late again", "Leeds"},
		{"why are hartlepool council so slow", "Hartlepool"},
		{"HARTLEPOOL COUNCIL TAX RISES", "Hartlepool"},
		{"Hackney Launches New Housing App For Tenants", "Hackney"},
	},
	"entities": {
		{"Tom &amp; Bury the hatchet &lt;3", ""},
		{"Hammersmith &amp; Fulham Council&nbsp;votes", "Hammersmith and Fulham"},
		{"Telford &amp; Wrekin Council", "Telford and Wrekin"},
	},
	"mere places": {
		{"See you at the conference in Harrogate, staying in York.", ""},
		{"A man from Walsall has been jailed; police found drugs in Dudley.", ""},
		{"Trains between Newbury and Swindon are delayed.", ""},
		{"House prices in Trafford rose.", ""},
		{"Snow is forecast for Sheffield and Rotherham tonight.", ""},
		{"Moved from Leeds to Hebden Bridge.", ""},
		{"Ringwood, Hampshire: a quiet town.", ""},
		{"Libraries in Trafford reopen after the council vote.", "Trafford"},
		{"Councillors in Sheffield and Rotherham approve the tram.", "Sheffield; Rotherham"},
	},
}

func TestTraps(t *testing.T) {
	f := newFinder()
	for class, texts := range traps {
		t.Run(class, func(t *testing.T) {
			for _, x := range texts {
				f.holds(t, council.Post{Text: x.text, Published: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)}, x.want)
			}
		})
	}
}

// holds checks which councils count in a post.
func (f finder) holds(t *testing.T, p council.Post, want string) {
	t.Helper()
	var got []string
	why := ""
	for _, m := range f.find(p) {
		if m.Counted() {
			c, _ := council.Load().Council(m.ID)
			got = append(got, c.Short)
		}
		why += "\n\t" + m.ID + " " + m.Sense + ": " + strings.Join(m.Reasons, "; ")
	}
	var wanted []string
	if want != "" {
		wanted = strings.Split(want, "; ")
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		t.Errorf("%s\n\tcounts %q, want %q%s", p.Text, got, wanted, why)
	}
}

// TestDateDecides holds that of councils with one name the one counts that
// lived at the time of the post.
func TestDateDecides(t *testing.T) {
	f := newFinder()
	for _, x := range []struct{ date, text, want string }{
		{"2022-06-01", "Somerset cabinet votes on council tax.", "Somerset County Council"},
		{"2024-06-01", "Somerset cabinet votes on council tax.", "Somerset"},
		{"2021-06-01", "North Yorkshire councillors vote.", "North Yorkshire County Council"},
		{"2025-06-01", "North Yorkshire councillors vote.", "North Yorkshire"},
		{"2017-06-01", "Dorset councillors vote.", "Dorset County Council"},
		{"2021-06-01", "Dorset councillors vote.", "Dorset"},
		{"2019-06-01", "Buckinghamshire County Council votes.", "Buckinghamshire County Council"},
		{"2021-06-01", "Buckinghamshire Council votes.", "Buckinghamshire"},
		{"2018-03-01", "Northamptonshire commissioners report on the county council.", "Northamptonshire"},
		{"2017-06-01", "#DorsetCouncil councillors vote.", "Dorset County Council"},
		{"2014-06-01", "Cookstown councillors vote.", "Cookstown"},
		{"2024-06-01", "The bins in Cookstown are late.", ""},
		{"2022-06-01", "Craven District Council votes.", "Craven"},
		{"2024-06-01", "A weekend in Craven: hotels and pubs.", ""},
	} {
		date, err := time.Parse(time.DateOnly, x.date)
		if err != nil {
			t.Fatal(err)
		}
		f.holds(t, council.Post{Text: x.text, Published: date}, x.want)
	}
}
