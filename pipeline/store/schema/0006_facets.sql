-- What a post says besides its topics and tools. facets are the marks: lesson,
-- failure, event, repository, template, standard, dataset. adoption stands
-- beside tools: uses, offers or mentions for each.
ALTER TABLE items ADD COLUMN IF NOT EXISTS themes Array(LowCardinality(String)) AFTER tools;

ALTER TABLE items ADD COLUMN IF NOT EXISTS adoption Array(LowCardinality(String)) AFTER themes;

ALTER TABLE items ADD COLUMN IF NOT EXISTS stage LowCardinality(String) AFTER adoption;

ALTER TABLE items ADD COLUMN IF NOT EXISTS facets Array(LowCardinality(String)) AFTER stage;
