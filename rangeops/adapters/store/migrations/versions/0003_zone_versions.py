"""Which zones a slot was approved and cleared under, and the versions of the zones that there have been."""

import sqlalchemy as sa
from alembic import op

from rangeops.adapters.store.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ADDED = (("slot", "zones_sha256"), ("clearance", "zones_sha256"))


def upgrade() -> None:
    for table, column in _ADDED:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "zone_version",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("range_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("first_utc", UtcDateTime(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_zone_version_sha256"), "zone_version", ["sha256"], unique=False)


def downgrade() -> None:
    op.drop_table("zone_version")
    for table, column in reversed(_ADDED):
        op.drop_column(table, column)
