// What older books hold: the codes that were asked about when this property came
MATCH (e:Event)
WHERE e.live AND e.warnings <> '[]' AND NOT coalesce(e.current, e.text) CONTAINS '"confirmed":' AND any(
    code IN [
        'tare_off_history',
        'mass_unusual',
        'melt_loss_low',
        'melt_loss_high',
        'metal_found',
        'assay_late',
        'load_repeated',
        'seal_without_records',
        'licence_unknown'
    ] WHERE e.warnings CONTAINS '"warning.' + code + '"'
)
SET e.unconfirmed = e.site;
