"""Db tables: parties with their licences, materials with their units and codes."""

import sqlalchemy as sa

from ._metadata import day, flag, id_column, metadata, number, one_of, quantity, ref, text, texts

party = sa.Table(
    "party",
    metadata,
    id_column(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("name"),
    flag("active", default=True),
    number("min_remaining_days", nullable=True),  # the shelf life that the customer asks for
    sa.CheckConstraint("min_remaining_days BETWEEN 0 AND 36600", name="min_remaining_days"),
)

party_role = sa.Table(
    "party_role",
    metadata,
    ref("party_id", "party", primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    one_of("role", "supplier", "customer", "manufacturer", "carrier", "holder"),
)

licence = sa.Table(
    "licence",
    metadata,
    id_column(),
    ref("party_id", "party"),
    ref("legal_entity_id", "legal_entity", nullable=True),  # qualified for this entity only; null = for all
    text("kind"),
    text("number"),
    texts("scope"),
    day("valid_from", nullable=True),
    day("valid_until"),
    flag("withdrawn", default=False),
    sa.CheckConstraint("valid_from IS NULL OR valid_from <= valid_until", name="period"),
)

material = sa.Table(
    "material",
    metadata,
    id_column(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("name_zh"),
    text("name_en"),
    text("generic_name"),
    text("dosage_form"),
    text("specification"),
    text("approval_number"),
    text("holder"),
    ref("manufacturer_id", "party"),
    text("storage_class"),
    flag("special_control", default=False),
    text("base_unit"),
    text("category", default="drug"),
    sa.Column("carton_quantity", sa.BigInteger, nullable=False, server_default=sa.text("1")),
    flag("active", default=True),
    number("version", default=1),
    text(
        "unit_value", nullable=True
    ),  # CNY of one base unit, a decimal string: what a count's variance is worth
    text("abc_class", nullable=True),  # how often it is counted
    text("record_class", nullable=True),  # goods whose records are kept longer than their category says
    texts("kept_as"),  # all classes of records that they ever had; a trigger writes it
    one_of("storage_class", "ambient", "cool", "refrigerated", "frozen"),
    one_of("category", "drug", "device"),
    sa.CheckConstraint("carton_quantity > 0", name="carton_quantity"),
    sa.CheckConstraint(r"unit_value ~ '^[0-9]{1,12}(\.[0-9]{1,4})?$'", name="unit_value"),
    one_of("abc_class", "A", "B", "C"),
    sa.CheckConstraint(
        "(record_class = 'vaccine' AND category = 'drug')"
        " OR (record_class = 'implant' AND category = 'device')",
        name="record_class",
    ),
)

material_unit = sa.Table(
    "material_unit",
    metadata,
    ref("material_id", "material", primary_key=True),
    sa.Column("unit", sa.Text, primary_key=True),
    quantity("numerator"),
    quantity("denominator"),
    sa.CheckConstraint("numerator > 0 AND denominator > 0", name="ratio"),
)

material_gtin = sa.Table(
    "material_gtin",
    metadata,
    sa.Column("gtin", sa.CHAR(14), primary_key=True),
    ref("material_id", "material"),
    text("unit"),
    sa.CheckConstraint("gtin ~ '^[0-9]{14}$'", name="gtin"),
)
