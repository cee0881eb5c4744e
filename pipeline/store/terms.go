package store

// termColumns are the columns that the terms of an item are made of.
const termColumns = "topics, tools, themes, adoption"

// usedSQL are the tools that a post says a public body uses. A row from before
// adoption was told has none of it.
const usedSQL = `arrayFilter((t, a) -> a = 'uses', tools, arrayResize(adoption, length(tools)))`

// tagsSQL are the tags of an item as (kind, term); (”, ”) stands for the item
// itself.
const tagsSQL = `arrayConcat([('', '')], arrayMap(t -> ('topic', t::String), topics), arrayMap(t -> ('tool', t::String), tools),
	arrayMap(t -> ('theme', t::String), themes), arrayMap(t -> ('used', t::String), ` + usedSQL + `))`

// ofKindSQL are the terms of an item of one kind.
const ofKindSQL = `multiIf({kind:String} = 'tool', tools, {kind:String} = 'theme', themes, {kind:String} = 'used', ` + usedSQL + `, topics)`

// saysSQL narrows items to a stage, to all of some facets, and to what they do
// with a tool: with the one asked for, or with any.
const saysSQL = `({stage:String} = '' OR stage = {stage:String})
		AND hasAll(facets, {facets:Array(String)})
		AND ({adoption:String} = '' OR if({kind:String} = 'tool' AND {term:String} != '',
			arrayResize(adoption, length(tools))[indexOf(tools, {term:String})] = {adoption:String}, has(adoption, {adoption:String})))`
