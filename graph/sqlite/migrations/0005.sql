-- What older books hold: the codes that were asked about when this column came
UPDATE events SET unconfirmed = site
WHERE live = 1 AND warnings <> '[]' AND coalesce(current, text) NOT LIKE '%"confirmed":%' AND (
    warnings LIKE '%"warning.tare_off_history"%' OR
    warnings LIKE '%"warning.mass_unusual"%' OR
    warnings LIKE '%"warning.melt_loss_low"%' OR
    warnings LIKE '%"warning.melt_loss_high"%' OR
    warnings LIKE '%"warning.metal_found"%' OR
    warnings LIKE '%"warning.assay_late"%' OR
    warnings LIKE '%"warning.load_repeated"%' OR
    warnings LIKE '%"warning.seal_without_records"%' OR
    warnings LIKE '%"warning.licence_unknown"%'
);
