-- The messages of an author who left are erased while the posts still name the
-- author, so no note of them is needed.
ALTER TABLE forgotten DROP COLUMN IF EXISTS seqs;
