"""What a slot is about beside volume and time, and how long its volume is held: set-up and clear-down included."""

import sqlalchemy as sa
from alembic import op

from rangeops.adapters.store.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LONG_AGO = "1970-01-01 00:00:00"  # a new column of old rows must have something, until the UPDATE


def upgrade() -> None:
    for column in ("held_from", "held_until"):
        op.add_column("slot", sa.Column(column, UtcDateTime(), nullable=False, server_default=_LONG_AGO))
    op.add_column("slot", sa.Column("details", sa.Text(), nullable=False, server_default="{}"))
    op.execute("UPDATE slot SET held_from = starts, held_until = ends")  # nobody had a set-up before
    op.create_index(op.f("ix_slot_held_from"), "slot", ["held_from"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_slot_held_from"), table_name="slot")
    for column in ("details", "held_until", "held_from"):
        op.drop_column("slot", column)
