-- The family of a post's publisher (a newsroom's many sites are one), where it
-- is not the publisher itself. Families are who counts as an independent
-- publisher: in cells.who, in mentions.publisher, and in lists of items.
ALTER TABLE items ADD COLUMN IF NOT EXISTS family LowCardinality(String) AFTER class;
