"""What a clearance stands on: votes, words, proofs of the stop path, and weather reports."""

import sqlalchemy as sa
from alembic import op

from rangeops.adapters.store.tables import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clearance", sa.Column("details", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "stop_proof",
        sa.Column("sysid", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sysid", "kind"),
    )
    op.create_table(
        "weather",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_utc", UtcDateTime(), nullable=False),
        sa.Column("received_utc", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_weather_issued_utc"), "weather", ["issued_utc"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_weather_issued_utc"), table_name="weather")
    op.drop_table("weather")
    op.drop_table("stop_proof")
    op.drop_column("clearance", "details")
