"""Indexes by which evidence is found in the entries themselves: by target, and by the moment that a payload states.

Only entries that name their subjects, those since 0.10, are in the indexes by moment. The expressions are those of SqlRecord.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_HAPPENED = {
    "sqlite": "json_extract(payload, '$.happened')",
    # Not through JSON, which PostgreSQL refuses where a text has a NUL: "happened" is the last key of that name.
    "postgresql": """left(split_part(payload, ',"happened":"', -1), 27) COLLATE "C\"""",
}
_NAMES_SUBJECTS = """substr(payload, 1, 10) = '{"about":['"""


def upgrade() -> None:
    happened = _HAPPENED[op.get_bind().dialect.name]
    op.create_index(op.f("ix_audit_target"), "audit", ["target"])
    op.execute(f"CREATE INDEX ix_audit_happened ON audit (({happened}), action) WHERE {_NAMES_SUBJECTS}")


def downgrade() -> None:
    for index in ("ix_audit_happened", "ix_audit_target"):
        op.drop_index(index, table_name="audit")
