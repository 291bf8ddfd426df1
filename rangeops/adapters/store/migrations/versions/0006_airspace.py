"""The airspace that slots hold: no two of it meet, and no vehicle has two slots at once, whoever writes.

Who is there in some minutes is found by an R-Tree or a GiST index of times.
Slots that hold airspace already get their rows when the server starts: only it knows what their volumes look like.
"""

import sqlalchemy as sa
from alembic import op

from rangeops.adapters.store.tables import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DAY = "julianday({}) - 2461041.5"  # since 2026-01-01: an R-Tree counts in 24 bits

_MINUTES = f'{_DAY.format("NEW.held_from")}, {_DAY.format("NEW.held_until")}'

_SQLITE = (
    "CREATE VIRTUAL TABLE slot_minutes USING rtree(number, starts, ends)",
    f"""
    INSERT INTO slot_minutes
    SELECT number, {_DAY.format("held_from")}, {_DAY.format("held_until")} FROM slot
    """,
    f"""
    CREATE TRIGGER slot_minutes_added AFTER INSERT ON slot BEGIN
        INSERT INTO slot_minutes VALUES (NEW.number, {_MINUTES});
    END
    """,
    f"""
    CREATE TRIGGER slot_minutes_moved AFTER UPDATE OF number, held_from, held_until ON slot
    WHEN OLD.number <> NEW.number OR OLD.held_from <> NEW.held_from OR OLD.held_until <> NEW.held_until BEGIN
        DELETE FROM slot_minutes WHERE number = OLD.number;
        INSERT INTO slot_minutes VALUES (NEW.number, {_MINUTES});
    END
    """,
    """
    CREATE TRIGGER slot_minutes_gone AFTER DELETE ON slot BEGIN
        DELETE FROM slot_minutes WHERE number = OLD.number;
    END
    """,
    "CREATE VIRTUAL TABLE airspace_box USING rtree(slot, west, east, south, north, starts, ends)",
    f"""
    CREATE TRIGGER airspace_exclusive BEFORE INSERT ON airspace BEGIN
        SELECT RAISE(ABORT, 'the airspace is held by another slot') WHERE EXISTS (
            SELECT 1 FROM airspace_box AS box JOIN airspace AS held ON held.slot = box.slot
            WHERE box.west <= NEW.east_m AND box.east >= NEW.west_m
            AND box.south <= NEW.north_m AND box.north >= NEW.south_m
            AND box.starts <= {_DAY.format("NEW.ends")} AND box.ends >= {_DAY.format("NEW.starts")}
            AND held.starts < NEW.ends AND held.ends > NEW.starts
            AND held.floor_amsl_m < NEW.ceiling_amsl_m AND held.ceiling_amsl_m > NEW.floor_amsl_m
            AND airspace_meets(held.core, NEW.core));
        SELECT RAISE(ABORT, 'the vehicle is held by another slot') WHERE EXISTS (
            SELECT 1 FROM airspace AS held
            WHERE held.sysid = NEW.sysid AND held.starts < NEW.ends AND held.ends > NEW.starts);
    END
    """,
    f"""
    CREATE TRIGGER airspace_indexed AFTER INSERT ON airspace BEGIN
        INSERT INTO airspace_box VALUES (NEW.slot, NEW.west_m, NEW.east_m, NEW.south_m, NEW.north_m,
            {_DAY.format("NEW.starts")}, {_DAY.format("NEW.ends")});
    END
    """,
    """
    CREATE TRIGGER airspace_released AFTER DELETE ON airspace BEGIN
        DELETE FROM airspace_box WHERE slot = OLD.slot;
    END
    """,
    """
    CREATE TRIGGER airspace_unchanged BEFORE UPDATE ON airspace BEGIN
        SELECT RAISE(ABORT, 'airspace is released and held anew, not changed');
    END
    """,
)

_POSTGRESQL = (
    "CREATE INDEX ix_slot_minutes ON slot USING gist (tstzrange(held_from, held_until))",
    """
    ALTER TABLE airspace ADD CONSTRAINT airspace_vehicle_exclusive EXCLUDE USING gist
        (int4range(sysid, sysid, '[]') WITH &&, tstzrange(starts, ends) WITH &&)
    """,
    """
    CREATE TABLE airspace_piece (
        slot integer NOT NULL REFERENCES airspace (slot) ON DELETE CASCADE,
        footprint polygon NOT NULL,
        minutes tstzrange NOT NULL,
        band numrange NOT NULL,
        CONSTRAINT airspace_exclusive EXCLUDE USING gist (footprint WITH &&, minutes WITH &&, band WITH &&),
        CHECK (NOT isempty(minutes) AND NOT isempty(band))
    )
    """,
    "CREATE INDEX ix_airspace_piece_slot ON airspace_piece (slot)",
)


def upgrade() -> None:
    op.create_table(
        "airspace",
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("sysid", sa.Integer(), nullable=False),
        sa.Column("starts", UtcDateTime(), nullable=False),
        sa.Column("ends", UtcDateTime(), nullable=False),
        sa.Column("floor_amsl_m", sa.Float(), nullable=False),
        sa.Column("ceiling_amsl_m", sa.Float(), nullable=False),
        sa.Column("west_m", sa.Float(), nullable=False),
        sa.Column("south_m", sa.Float(), nullable=False),
        sa.Column("east_m", sa.Float(), nullable=False),
        sa.Column("north_m", sa.Float(), nullable=False),
        sa.Column("core", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("starts < ends AND floor_amsl_m < ceiling_amsl_m", name="airspace_has_extent"),
        sa.ForeignKeyConstraint(["slot"], ["slot.number"]),
        sa.PrimaryKeyConstraint("slot"),
    )
    op.create_index(op.f("ix_airspace_sysid_starts"), "airspace", ["sysid", "starts"], unique=False)
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for trigger in ("added", "moved", "gone"):
            op.execute(f"DROP TRIGGER slot_minutes_{trigger}")
        op.execute("DROP TABLE slot_minutes")
        op.execute("DROP TABLE airspace_box")
    else:
        op.execute("DROP INDEX ix_slot_minutes")
        op.execute("DROP TABLE airspace_piece")
    op.drop_table("airspace")
