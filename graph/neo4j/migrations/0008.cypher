// Codes are found by their later groups of four too: people read the middle or the end of a label aloud.
CREATE TEXT INDEX claim_part IF NOT EXISTS FOR (c:Claim) ON (c.key);
