-- What a page opens with is read from two rows' worth of tables, without a look
-- at anything else: each row names the generation that it belongs to, and holds
-- its numbers as text. The client makes four allocations for each entry of an
-- array (2.4 ms for half a year of 65 terms, 0.1 as text), and every column
-- costs a read some 0.1 ms. Both tables are derived, so the next refresh fills
-- them.
DROP TABLE IF EXISTS spans;

DROP TABLE IF EXISTS spans_staging;

DROP TABLE IF EXISTS rankings;

DROP TABLE IF EXISTS rankings_staging;

DROP TABLE IF EXISTS scores;

DROP TABLE IF EXISTS scores_staging;

-- The heat maps that pages open with, over all areas and classes: one row per
-- term, one of kind '' for all items, and one of kind 'gap' where there are any. Counting the totals from who and
-- shared takes 30 ms over a million items. A period without rows here is
-- counted from the cells.
CREATE TABLE IF NOT EXISTS spans
(
    first          Date32,
    last           Date32,
    kind           LowCardinality(String),
    term           String,
    counts         String, -- [(day, items, publishers, stories), …] of its weeks, days since 1970
    all_items      UInt64,
    all_publishers UInt64,
    all_stories    UInt64,
    step           UInt64, -- of the generation, even
    finished       DateTime64(3, 'UTC'),
    gaps           String -- of kind 'gap' only: JSON
)
ENGINE = MergeTree
ORDER BY (last, first, kind, term);

CREATE TABLE IF NOT EXISTS spans_staging AS spans;

-- One row per ranking; as_of is the Monday after the last whole week.
CREATE TABLE IF NOT EXISTS rankings
(
    as_of    Date32,
    kind     LowCardinality(String),
    computed DateTime64(3, 'UTC'),
    rules    LowCardinality(String),
    ranking  String -- JSON, with the fields of radar.Ranking
)
ENGINE = MergeTree
PARTITION BY as_of
ORDER BY (as_of, kind);

CREATE TABLE IF NOT EXISTS rankings_staging AS rankings;
