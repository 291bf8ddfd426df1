"""Who agreed to what the range writes to a vehicle: at booking, or by word to one diff."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ADDED = (("slot", "consent"), ("clearance", "agreed_by"), ("clearance", "agreed_sha256"))


def upgrade() -> None:
    for table, column in _ADDED:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for table, column in _ADDED:
        op.drop_column(table, column)
