-- One row per post. revision grows with every rewrite of a (week, id), so that
-- which row counts never depends on the order of parts; version is the
-- collector's. key is a short hash of id: reading 8 bytes a row finds a batch's
-- ids in a million rows in some 10 ms. One partition, because a batch of a first
-- reading spans years, and each part that an insert makes costs some 10 ms; what
-- expires is therefore dropped once a day, which rewrites the parts that hold
-- it. Merges wait for some 16 parts of like size: at the usual 5 they cost more
-- processor time than the inserts. Granules are small, because a page of items
-- wants a few texts out of one week.
CREATE TABLE IF NOT EXISTS items
(
    week         Date32,
    id           String,
    key          UInt64,
    revision     UInt64,
    version      UInt64,
    deleted      UInt8,
    buried       UInt64, -- version of the newest deletion known
    content_hash String,
    kind         LowCardinality(String),
    source       LowCardinality(String),
    via          Array(LowCardinality(String)),
    publisher    String,
    class        LowCardinality(String),
    feed_council LowCardinality(String),
    author_ref   String,
    author_kind  LowCardinality(String),
    title        String TTL expires,
    text         String TTL expires,
    lang         LowCardinality(String),
    url          String TTL expires,
    links        Array(String) TTL expires,
    hashtags     Array(String),
    published    DateTime64(3, 'UTC'),
    seen         DateTime64(3, 'UTC'),
    updated      DateTime64(3, 'UTC'),
    expires      DateTime('UTC'),
    sensitive    UInt8,
    consent      LowCardinality(String),
    topics       Array(LowCardinality(String)),
    tools        Array(LowCardinality(String)),
    councils     Array(LowCardinality(String)),
    found        Array(LowCardinality(String)),
    confidence   Array(Float32),
    sense        Array(LowCardinality(String)),
    rules        LowCardinality(String),
    signature    String,
    seqs         Array(UInt64)
)
ENGINE = ReplacingMergeTree(revision, deleted)
ORDER BY (week, id)
SETTINGS merge_selector_base = 16, index_granularity = 1024, merge_with_ttl_timeout = 86400;

-- Authors who closed their account or asked to leave, until which version, and
-- the stream messages that carried their posts.
CREATE TABLE IF NOT EXISTS forgotten
(
    author_ref String,
    version    UInt64,
    seqs       Array(UInt64)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY author_ref;

CREATE TABLE IF NOT EXISTS gaps
(
    source LowCardinality(String),
    start  DateTime64(3, 'UTC'),
    stop   DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (start, source, stop);
