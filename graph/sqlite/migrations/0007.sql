-- Residue that sites have, for sums by age: the index holds all that they ask. Few lots are residue, so few rows of it.
-- Of what else is told of a lot, no more than its waste code makes groups; where a code may hold quotes, all of it does.
ALTER TABLE lots ADD COLUMN waste TEXT GENERATED ALWAYS AS (
    CASE
        WHEN instr(more, '\') > 0 THEN more
        WHEN instr(more, '"waste_code":') = 0 THEN '{}'
        ELSE '{' || substr(
            more,
            instr(more, '"waste_code":'),
            14 + instr(substr(more, instr(more, '"waste_code":') + 14), '"')
        ) || '}'
    END
) VIRTUAL;
CREATE INDEX lots_of_residue ON lots (site, region, waste, material, moved_ms, remaining_g)
WHERE form = 'residue' AND status = 'available';
