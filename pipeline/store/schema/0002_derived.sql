-- Weeks whose items changed since they were last derived. A token names one
-- write, without a clock; a week is clean when all its tokens are done.
CREATE TABLE IF NOT EXISTS dirty
(
    week  Date32,
    token UInt64,
    done  UInt8
)
ENGINE = ReplacingMergeTree(done)
ORDER BY (week, token);

-- The step is odd while partitions are being swapped; half of it is the number
-- of the generation.
CREATE TABLE IF NOT EXISTS generation
(
    name     LowCardinality(String),
    step     UInt64,
    finished DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(step)
ORDER BY name;

-- The derived tables hold whole months of Mondays in a partition: a chart of
-- half a year then opens seven parts instead of 26, at 0.6 ms each. A month is
-- swapped as a whole, its clean weeks copied.

-- Near-duplicates only: the post that id repeats.
CREATE TABLE IF NOT EXISTS copies
(
    week     Date32,
    id       String,
    original String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(week)
ORDER BY (week, id);

CREATE TABLE IF NOT EXISTS copies_staging AS copies;

-- One row per week, area, term and publisher class; '' stands for all of them.
-- items, publishers and stories hold for that row alone; who, solo and shared
-- add up over weeks: publishers of a period are the merged who, its stories
-- the sum of solo (posts that nobody repeats) and the merged shared (stories
-- told more than once). Both are sets of 64-bit hashes, as arrays: counting
-- their distinct values is several times faster than merging states.
CREATE TABLE IF NOT EXISTS cells
(
    week       Date32,
    area       LowCardinality(String),
    kind       LowCardinality(String),
    term       LowCardinality(String),
    class      LowCardinality(String),
    items      UInt64,
    publishers UInt64,
    stories    UInt64,
    solo       UInt64,
    who        Array(UInt64),
    shared     Array(UInt64)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(week)
ORDER BY (class, kind, area, week, term)
SETTINGS index_granularity = 512;

CREATE TABLE IF NOT EXISTS cells_staging AS cells;

-- What the radar counts: posts without the near-duplicates, by channel and
-- publisher. kind '' is the volume of the channel.
CREATE TABLE IF NOT EXISTS mentions
(
    week      Date32,
    kind      LowCardinality(String),
    term      LowCardinality(String),
    source    LowCardinality(String),
    publisher String,
    class     LowCardinality(String),
    items     UInt64
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(week)
ORDER BY (week, kind, term, source, publisher, class);

CREATE TABLE IF NOT EXISTS mentions_staging AS mentions;

-- What each channel showed, also posts that other channels showed too.
CREATE TABLE IF NOT EXISTS channels
(
    week   Date32,
    source LowCardinality(String),
    items  UInt64,
    oldest DateTime64(3, 'UTC'),
    newest DateTime64(3, 'UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(week)
ORDER BY (week, source);

CREATE TABLE IF NOT EXISTS channels_staging AS channels;
