"""Tokens for other systems, second factors, invitations, and codes to set a password anew."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, key in (
        ("api_token", "token_sha256"),
        ("second_factor", "user_name"),
        ("invitation", "code_sha256"),
        ("reset_code", "code_sha256"),
    ):
        op.create_table(
            table,
            sa.Column(key, sa.String(), nullable=False),
            sa.Column("body", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint(key),
        )


def downgrade() -> None:
    for table in ("reset_code", "invitation", "second_factor", "api_token"):
        op.drop_table(table)
