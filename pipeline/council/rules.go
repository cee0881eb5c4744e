package council

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// ruleSet is data/rules.yaml, which explains the keys.
type ruleSet struct {
	Bias        float32            `yaml:"bias"`
	Scores      scores             `yaml:"scores"`
	Priors      map[string]float32 `yaml:"priors"`
	Weights     map[string]float32 `yaml:"weights"`
	Handles     affixes            `yaml:"handles"`
	Openers     []string           `yaml:"openers"`
	British     []string           `yaml:"british"`
	Pasts       []string           `yaml:"pasts"`
	Parties     []string           `yaml:"parties"`
	Auxiliaries []string           `yaml:"auxiliaries"`
	Evidence    []group            `yaml:"evidence"`
	Blocks      []string           `yaml:"blocks"`
}

type scores struct {
	Official       float32 `yaml:"official"`
	Abbreviation   float32 `yaml:"abbreviation"`
	Shared         float32 `yaml:"shared"`
	SharedLikely   float32 `yaml:"shared-likely"`
	SharedOwner    float32 `yaml:"shared-owner"`
	Link           float32 `yaml:"link"`
	Handle         float32 `yaml:"handle"`
	HandleForm     float32 `yaml:"handle-form"`
	Hashtag        float32 `yaml:"hashtag"`
	Feed           float32 `yaml:"feed"`
	Bare           float32 `yaml:"bare"`
	BareSafe       float32 `yaml:"bare-safe"`
	Versus         float32 `yaml:"versus"`
	Lower          float32 `yaml:"lower"`
	LowerText      float32 `yaml:"lower-text"`
	Inside         float32 `yaml:"inside"`
	Headline       float32 `yaml:"headline"`
	Service        float32 `yaml:"service"`
	ServiceIn      float32 `yaml:"service-in"`
	Pronoun        float32 `yaml:"pronoun"`
	AbolishedBare  float32 `yaml:"abolished-bare"`
	How            float32 `yaml:"how"`
	Alone          float32 `yaml:"alone"`
	Party          float32 `yaml:"party"`
	ServiceWeak    float32 `yaml:"service-weak"`
	Owned          float32 `yaml:"owned"`
	Opening        float32 `yaml:"opening"`
	Capital        float32 `yaml:"capital"`
	Prefixed       float32 `yaml:"prefixed"`
	Person         float32 `yaml:"person"`
	Auxiliary      float32 `yaml:"auxiliary"`
	Subject        float32 `yaml:"subject"`
	InTown         float32 `yaml:"in-town"`
	Journey        float32 `yaml:"journey"`
	AbroadKept     float32 `yaml:"abroad-kept"`
	AbroadTimes    float32 `yaml:"abroad-times"`
	AbroadSpared   float32 `yaml:"abroad-spared"`
	Address        float32 `yaml:"address"`
	Score          float32 `yaml:"score"`
	Abolished      float32 `yaml:"abolished"`
	AbolishedYear  float32 `yaml:"abolished-year"`
	AbolishedMost  float32 `yaml:"abolished-most"`
	AbolishedPlace float32 `yaml:"abolished-place"`
	Listed         float32 `yaml:"listed"`
	ListedMost     float32 `yaml:"listed-most"`
	Beside         float32 `yaml:"beside"`
	BesideMost     float32 `yaml:"beside-most"`
}

// affixes are what councils put around their name in handles and hashtags.
type affixes struct {
	Before      []string `yaml:"before"`
	After       []string `yaml:"after"`
	TagAfter    []string `yaml:"tag-after"`
	NotInitials []string `yaml:"not-initials"`
}

// group is one kind of evidence.
type group struct {
	ID        string   `yaml:"id"`
	Where     string   `yaml:"where"`
	Points    float32  `yaml:"points"`
	Wrong     float32  `yaml:"wrong"`
	Most      float32  `yaml:"most"`
	Elsewhere float32  `yaml:"elsewhere"`
	Style     string   `yaml:"style"`
	Singular  bool     `yaml:"singular"`
	Danger    bool     `yaml:"danger"`
	Abroad    bool     `yaml:"abroad"`
	British   bool     `yaml:"british"`
	Locative  bool     `yaml:"locative"`
	Subject   bool     `yaml:"subject"`
	Place     bool     `yaml:"place"`
	Class     string   `yaml:"class"`
	Reason    string   `yaml:"reason"`
	Any       []string `yaml:"any"`
	Case      []string `yaml:"case"`

	at where // Where, as a number
}

// where says where evidence can stand; data/rules.yaml explains the names.
type where uint8

const (
	after where = iota
	afterComma
	nearAfter
	nameNear
	before
	listAfter
	listBefore
	pairAfter
	pairBefore
	inSentence
	inText
)

var wheres = map[string]where{
	"after": after, "after-comma": afterComma, "near-after": nearAfter, "name-near": nameNear, "before": before,
	"list-after": listAfter, "list-before": listBefore, "pair-after": pairAfter, "pair-before": pairBefore,
	"sentence": inSentence, "text": inText,
}

func parseRules(data string) (*ruleSet, error) {
	var rs ruleSet
	if err := yaml.UnmarshalWithOptions([]byte(data), &rs, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("rules.yaml: %w", err)
	}
	for i := range rs.Evidence {
		g, known := &rs.Evidence[i], false
		if g.at, known = wheres[g.Where]; !known {
			return nil, fmt.Errorf("rules.yaml: evidence %q: where %q is not known", g.ID, g.Where)
		}
	}
	return &rs, nil
}
