"""Revisions of incidents' reviews, and the persons in them, who are kept apart from the record."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_review",
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incident", "revision"),
    )
    op.create_table(
        "incident_person",
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incident", "id"),
    )


def downgrade() -> None:
    op.drop_table("incident_person")
    op.drop_table("incident_review")
