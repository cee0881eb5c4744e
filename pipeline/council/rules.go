package council

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// ruleSet is data/rules.yaml, which explains the keys.
type ruleSet struct {
	Bias     float32            `yaml:"bias"`
	Scores   scores             `yaml:"scores"`
	Priors   map[string]float32 `yaml:"priors"`
	Weights  map[string]float32 `yaml:"weights"`
	Handles  affixes            `yaml:"handles"`
	Evidence []group            `yaml:"evidence"`
	Blocks   []string           `yaml:"blocks"`
}

type scores struct {
	Official      float32 `yaml:"official"`
	Abbreviation  float32 `yaml:"abbreviation"`
	Shared        float32 `yaml:"shared"`
	SharedLikely  float32 `yaml:"shared-likely"`
	SharedOwner   float32 `yaml:"shared-owner"`
	Link          float32 `yaml:"link"`
	Handle        float32 `yaml:"handle"`
	HandleForm    float32 `yaml:"handle-form"`
	Hashtag       float32 `yaml:"hashtag"`
	Feed          float32 `yaml:"feed"`
	Bare          float32 `yaml:"bare"`
	Lower         float32 `yaml:"lower"`
	Inside        float32 `yaml:"inside"`
	Headline      float32 `yaml:"headline"`
	Service       float32 `yaml:"service"`
	Owned         float32 `yaml:"owned"`
	Opening       float32 `yaml:"opening"`
	Capital       float32 `yaml:"capital"`
	Prefixed      float32 `yaml:"prefixed"`
	Address       float32 `yaml:"address"`
	Score         float32 `yaml:"score"`
	Abolished     float32 `yaml:"abolished"`
	AbolishedYear float32 `yaml:"abolished-year"`
	AbolishedMost float32 `yaml:"abolished-most"`
	Listed        float32 `yaml:"listed"`
	ListedMost    float32 `yaml:"listed-most"`
	Beside        float32 `yaml:"beside"`
	BesideMost    float32 `yaml:"beside-most"`
}

// affixes are what councils put around their name in handles and hashtags.
type affixes struct {
	Before   []string `yaml:"before"`
	After    []string `yaml:"after"`
	TagAfter []string `yaml:"tag-after"`
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
	Place     bool     `yaml:"place"`
	Reason    string   `yaml:"reason"`
	Any       []string `yaml:"any"`
	Case      []string `yaml:"case"`
}

// The places where evidence can stand; see data/rules.yaml.
const (
	whereAfter      = "after"
	whereAfterComma = "after-comma"
	whereBefore     = "before"
	whereListAfter  = "list-after"
	whereListBefore = "list-before"
	wherePairAfter  = "pair-after"
	wherePairBefore = "pair-before"
	whereSentence   = "sentence"
	whereText       = "text"
)

func parseRules(data string) (*ruleSet, error) {
	var rs ruleSet
	if err := yaml.UnmarshalWithOptions([]byte(data), &rs, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("rules.yaml: %w", err)
	}
	for _, g := range rs.Evidence {
		switch g.Where {
		case whereAfter, whereAfterComma, whereBefore, whereListAfter, whereListBefore, wherePairAfter, wherePairBefore, whereSentence, whereText:
		default:
			return nil, fmt.Errorf("rules.yaml: evidence %q: where %q is not known", g.ID, g.Where)
		}
	}
	return &rs, nil
}
