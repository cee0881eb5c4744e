-- A ranking is one row, its scores as JSON: the client makes four allocations
-- for each entry of an array. The tables are derived, so the next refresh fills
-- them; spans come again in 0008.
DROP TABLE IF EXISTS spans;

DROP TABLE IF EXISTS spans_staging;

DROP TABLE IF EXISTS rankings;

DROP TABLE IF EXISTS rankings_staging;

DROP TABLE IF EXISTS scores;

DROP TABLE IF EXISTS scores_staging;

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
