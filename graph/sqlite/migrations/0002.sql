-- Primary metal first made as product (cathode, ingot) has a column of its own: what a smelter's energy is divided by.
ALTER TABLE tallies ADD COLUMN primary_first INTEGER NOT NULL DEFAULT 0;
