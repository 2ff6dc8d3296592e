"""Which words the system speaks: closed lists of forms, kinds, statuses, accounts …, with their EPCIS / CBV terms."""

SCHEMA = 1  # the newest schema number of event drafts

# --- lots ---------------------------------------------------------------------------------------------------------

FORMS = (
    "scrap", "ore_feed", "molten_primary", "product", "additive", "internal", "heel", "residue", "by_product",
)  # fmt: skip
STATUSES = ("available", "in_transit", "delivered", "consumed", "quarantined", "disposed", "void")

# --- events -------------------------------------------------------------------------------------------------------

ENTRIES = ("opening", "collect", "import", "produce_primary", "supply")
PREPARATIONS = ("sort", "shred", "bale")  # what counts for the preprocessing yield
REARRANGEMENTS = ("split", "blend")
PROCESSES = ("melt", "cast_ingot", "direct_use", "fabricate", "recover")
TRANSFORMATIONS = PREPARATIONS + REARRANGEMENTS + PROCESSES
MOVEMENTS = ("ship", "receive", "return", "dispose")
OBSERVATIONS = ("assay", "relabel", "inspect", "adjust")
RECORDS = ("declare", "seal", "correct")
KINDS = ENTRIES + TRANSFORMATIONS + MOVEMENTS + OBSERVATIONS + RECORDS

FORMS_IN: dict[str, tuple[str, ...]] = {
    "sort": ("scrap",),
    "shred": ("scrap",),
    "bale": ("scrap",),
    "split": FORMS,
    "blend": FORMS,
    "melt": ("scrap", "ore_feed", "molten_primary", "product", "additive", "internal", "heel"),
    "cast_ingot": ("molten_primary",),
    "direct_use": ("scrap", "internal", "additive"),
    "fabricate": ("product",),
    "recover": ("residue",),
}
FORMS_OUT: dict[str, tuple[str, ...]] = {
    "opening": tuple(form for form in FORMS if form != "molten_primary"),
    "collect": ("scrap",),
    "import": ("scrap",),
    "produce_primary": ("molten_primary", "product"),
    "supply": ("ore_feed", "additive", "product"),
    "sort": ("scrap", "residue", "by_product"),
    "shred": ("scrap", "residue", "by_product"),
    "bale": ("scrap", "residue", "by_product"),
    "split": FORMS,
    "blend": FORMS,
    "melt": ("product", "heel", "internal", "residue"),
    "cast_ingot": ("product", "internal", "residue"),
    "direct_use": ("product", "internal", "residue"),
    "fabricate": ("product", "scrap", "internal", "residue"),
    "recover": ("internal", "product", "residue"),
}

# EPCIS 2.0 event type and action, and the CBV business step (or our own, marked tr:) of every kind
EPCIS: dict[str, tuple[str, str, str]] = {
    "opening": ("ObjectEvent", "ADD", "tr:opening"),
    "collect": ("ObjectEvent", "ADD", "collecting"),
    "import": ("ObjectEvent", "ADD", "tr:importing"),
    "produce_primary": ("ObjectEvent", "ADD", "commissioning"),
    "supply": ("ObjectEvent", "ADD", "tr:supplying"),
    "sort": ("TransformationEvent", "", "tr:sorting"),
    "shred": ("TransformationEvent", "", "tr:shredding"),
    "bale": ("TransformationEvent", "", "tr:baling"),
    "split": ("TransformationEvent", "", "tr:splitting"),
    "blend": ("TransformationEvent", "", "tr:blending"),
    "melt": ("TransformationEvent", "", "tr:melting"),
    "cast_ingot": ("TransformationEvent", "", "tr:ingot_casting"),
    "direct_use": ("TransformationEvent", "", "tr:direct_use"),
    "fabricate": ("TransformationEvent", "", "tr:fabricating"),
    "recover": ("TransformationEvent", "", "tr:recovering"),
    "ship": ("ObjectEvent", "OBSERVE", "shipping"),
    "receive": ("ObjectEvent", "OBSERVE", "receiving"),
    "return": ("ObjectEvent", "OBSERVE", "tr:returning"),
    "assay": ("ObjectEvent", "OBSERVE", "sampling"),
    "relabel": ("ObjectEvent", "OBSERVE", "tr:relabelling"),
    "inspect": ("ObjectEvent", "OBSERVE", "inspecting"),
    "adjust": ("ObjectEvent", "OBSERVE", "tr:stocktaking"),
    "dispose": ("ObjectEvent", "DELETE", "tr:disposing"),
    "declare": ("tr:DeclarationEvent", "", "tr:declaring"),
    "seal": ("tr:SealEvent", "", "tr:sealing"),
    "correct": ("tr:CorrectionEvent", "", "tr:correcting"),
}

HEAT_MODELS = (
    "heat",
    "mass_balance",
)  # ISO 22095: controlled blending; mass balance (tankhouse, continuous furnace)
REFUSED_MODELS = ("credit_transfer", "book_and_claim")  # claims that leave the metal behind
CUSTODY_MODELS = (
    "identity_preserved",
    "segregated",
    "controlled_blending",
    "mass_balance",
)  # strongest first
CHANNELS = ("online", "offline")
OUTCOMES = ("utilised", "disposed", "sent_back")
SUBJECTS = ("radiation", "quality")
MODES = ("road", "rail", "water", "pipeline", "belt", "none")  # none: a change of title without movement
VEHICLE_CLASSES = ("diesel", "gas", "new_energy", "other")
DECLARATIONS = ("power", "fuel", "line", "certificate", "statistic")
EFFICIENCY_LEVELS = ("benchmark", "between", "below_baseline")  # 标杆水平以上; 基准至标杆; 基准水平以下
ROLES = ("operator", "supervisor", "planner", "auditor", "admin")
SITE_KINDS = (
    "collection", "preprocessing", "smelter", "electrolysis", "casthouse", "fabricator", "direct_use", "trading",
    "import_yard", "disposal",
)  # fmt: skip

# --- metals -------------------------------------------------------------------------------------------------------

METALS = (
    "Al", "Cu", "Pb", "Zn", "Ni", "Sn", "Sb", "Mg", "Ti", "Hg", "Si", "W", "Mo", "Co", "Mn", "Cr", "RE", "Au", "Ag",
    "Pt", "Fe",
)  # fmt: skip
MIXED = "mixed"
UNKNOWN_FAMILY = "unknown"

# --- the ledger ---------------------------------------------------------------------------------------------------

MASS_ACCOUNTS = (
    "collected", "imported", "molten_tapped", "molten_direct", "molten_local", "molten_ingot", "molten_other",
    "prep_in", "prep_out", "residue_generated", "residue_utilised", "residue_disposed",
)  # fmt: skip
METAL_ACCOUNTS = (
    "opening", "recycled", "primary", "charged_scrap", "preserved", "melt_in", "melt_product", "melt_internal",
    "melt_heel_in", "melt_heel_out", "melt_dross_metal", "melt_loss", "stocktake", "transit_diff", "assay_diff",
    "process_loss",
)  # fmt: skip
SUPPLY = ("recycled", "primary")  # all that a process posts by where its metal came from
TRANSPORT_ACCOUNTS = ("transport", "transport_clean")  # gram-kilometres
ACCOUNTS = MASS_ACCOUNTS + METAL_ACCOUNTS + TRANSPORT_ACCOUNTS

# "Of which" columns of the tallies, so that a page needs no breakdown rows
PARTS = (
    "collected_online",
    "recycled_post", "recycled_pre",  # the rest is unspecified
    "recycled_refined",  # by melts into refined materials
    "recycled_direct_use",
    "recycled_import", "recycled_local", "recycled_open",  # by origin; the rest came from other provinces
    "charged_wrought", "preserved_wrought",
    "residue_melt",  # residue of melts, for kg per tonne of product
)  # fmt: skip
COLUMNS = ACCOUNTS + PARTS

NATION = "CN"
