"""The first schema: slots, plans, links, clearances, orders, incidents, alarms, journals, the record."""

import sqlalchemy as sa
from alembic import op

from rangeops.adapters.store.tables import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("sysid", sa.Integer(), nullable=True),
        sa.Column("raised_utc", UtcDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_alarm_raised_utc"), "alarm", ["raised_utc"], unique=False)
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("utc", UtcDateTime(), nullable=False),
        sa.Column("monotonic_ns", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.String(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("entry_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("entry_hash"),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sysid", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("opened_utc", UtcDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_incident_opened_utc"), "incident", ["opened_utc"], unique=False)
    op.create_index("ix_incident_sysid_slot", "incident", ["sysid", "slot"], unique=False)
    op.create_index(op.f("ix_incident_year"), "incident", ["year"], unique=False)
    op.create_table(
        "journal",
        sa.Column("watch", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("watch", "epoch", "seq"),
    )
    op.create_table(
        "link",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("uri"),
    )
    op.create_table(
        "orders",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("issued_utc", UtcDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "plan",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("submitted_utc", UtcDateTime(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("company", "name", "revision"),
    )
    op.create_table(
        "slot",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("volume", sa.String(), nullable=False),
        sa.Column("starts", UtcDateTime(), nullable=False),
        sa.Column("ends", UtcDateTime(), nullable=False),
        sa.Column("sysid", sa.Integer(), nullable=False),
        sa.Column("callsign", sa.String(), nullable=False),
        sa.Column("airframe", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_slot_state"), "slot", ["state"], unique=False)
    op.create_index(op.f("ix_slot_starts"), "slot", ["starts"], unique=False)
    op.create_table(
        "watch",
        sa.Column("watch", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("orders_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("watch"),
    )
    op.create_table(
        "audit_subject",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("happened", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seq"],
            ["audit.seq"],
        ),
        sa.PrimaryKeyConstraint("seq", "subject"),
    )
    op.create_index("ix_audit_subject_happened", "audit_subject", ["subject", "happened"], unique=False)
    op.create_table(
        "clearance",
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("changed_utc", UtcDateTime(), nullable=True),
        sa.Column("fence_sha256", sa.String(), nullable=True),
        sa.Column("fence_detail", sa.Text(), nullable=False),
        sa.Column("rtl_altitude_m", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["slot"],
            ["slot.number"],
        ),
        sa.PrimaryKeyConstraint("slot"),
    )


def downgrade() -> None:
    op.drop_table("clearance")
    op.drop_index("ix_audit_subject_happened", table_name="audit_subject")
    op.drop_table("audit_subject")
    op.drop_table("watch")
    op.drop_index(op.f("ix_slot_starts"), table_name="slot")
    op.drop_index(op.f("ix_slot_state"), table_name="slot")
    op.drop_table("slot")
    op.drop_table("plan")
    op.drop_table("orders")
    op.drop_table("link")
    op.drop_table("journal")
    op.drop_index(op.f("ix_incident_year"), table_name="incident")
    op.drop_index("ix_incident_sysid_slot", table_name="incident")
    op.drop_index(op.f("ix_incident_opened_utc"), table_name="incident")
    op.drop_table("incident")
    op.drop_table("audit")
    op.drop_index(op.f("ix_alarm_raised_utc"), table_name="alarm")
    op.drop_table("alarm")
