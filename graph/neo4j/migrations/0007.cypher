// Sums of residue read the lots of a site that are available; an index of their own would be one more for every lot.
