"""Define the closed word lists of the domain: forms, statuses, roles, ledger accounts …

Kinds of events have a record of their own, ``kinds``.
"""

SCHEMA = 1  # the newest schema number of event drafts

# --- lots ---------------------------------------------------------------------------------------------------------

FORMS = (
    "scrap", "ore_feed", "molten_primary", "product", "additive", "internal", "heel", "residue", "by_product",
)  # fmt: skip
STATUSES = ("available", "in_transit", "delivered", "consumed", "quarantined", "disposed", "void")

# --- what events state ----------------------------------------------------------------------------------------------

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
CERTIFICATE_HOLDERS = ("site", "base")  # whose a certificate is: of one site, or of a park as a whole
DECLARATIONS = ("power", "fuel", "emission", "no_power", "no_fuel", "line", "certificate", "statistic")
PROCESS_EMISSIONS = (
    "anode",
    "pfc",
    "reductant",
    "carbonate",
    "other",
)  # not of fuel or power: what a process itself sets free
EFFICIENCY_LEVELS = ("benchmark", "between", "below_baseline")  # 标杆水平以上; 基准至标杆; 基准水平以下
ROLES = ("operator", "supervisor", "planner", "auditor", "admin")
AUTHORITY = "authority"  # 主管部门: declares a region's statistics, holds no lots and is no firm
SITE_KINDS = (
    "collection", "preprocessing", "smelter", "primary_smelter", "electrolysis", "casthouse", "fabricator",
    "direct_use", "trading", "import_yard", "disposal", AUTHORITY,
)  # fmt: skip
MAIN_KINDS = (
    "fabricator", "direct_use", "electrolysis", "primary_smelter", "smelter", "casthouse", "preprocessing",
    "import_yard", "trading", "collection", "disposal",
)  # fmt: skip
"""The kinds of site by how much they say of one that is of several: the main one first."""

# --- metals -------------------------------------------------------------------------------------------------------

MIXED = "mixed"  # of several metals; which metals there are is data, see ``metal``
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

# Metal that comes to a site and leaves it. No column of the tallies and no part of a seal: its sums are flows. The
# names sort behind all others, so the rows that seals know keep their numbers.
TURNOVER_IN, TURNOVER_OUT = "turnover_in", "turnover_out"
TURNOVER_ACCOUNTS = (TURNOVER_IN, TURNOVER_OUT)

# "Of which" columns of the tallies, so that a page needs no breakdown rows
PARTS = (
    "collected_online",
    "recycled_post", "recycled_pre",  # the rest is unspecified
    "recycled_refined",  # by melts into refined materials
    "recycled_direct_use",
    "primary_first",  # first made as product, not tapped as liquid or brought in with a charge
    "recycled_import", "recycled_local", "recycled_open",  # by origin; the rest came from other provinces
    "charged_wrought", "preserved_wrought",
    "residue_melt",  # residue of melts, for kg per tonne of product
)  # fmt: skip
COLUMNS = ACCOUNTS + PARTS

NATION = "CN"
