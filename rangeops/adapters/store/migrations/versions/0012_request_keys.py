"""Keys of requests that are to be carried out once, in place of bookings' own: with an end, and with the answer."""

import sqlalchemy as sa
from alembic import op

from rangeops.adapters.store.tables import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_key",
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_sha256", sa.String(), nullable=False),
        sa.Column("expires_utc", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user", "key"),
    )
    op.create_index("ix_request_key_expires_utc", "request_key", ["expires_utc"])
    op.drop_table("booking_key")


def downgrade() -> None:
    op.create_table(
        "booking_key",
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_sha256", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("user", "key"),
    )
    op.drop_index("ix_request_key_expires_utc", "request_key")
    op.drop_table("request_key")
