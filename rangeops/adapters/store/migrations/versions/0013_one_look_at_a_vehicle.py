"""SQLite's word on a vehicle under two slots, by one look at its last slot and not by all that it ever had.

PostgreSQL does so by its exclusion constraint, and stays as it is.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DAY = "julianday({}) - 2461041.5"  # since 2026-01-01: an R-Tree counts in 24 bits
_HEAD = f"""
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
"""
_TAIL = """);
    END
"""
_ANY = """
            SELECT 1 FROM airspace AS held
            WHERE held.sysid = NEW.sysid AND held.starts < NEW.ends AND held.ends > NEW.starts"""
# Slots of one vehicle don't meet, by this very trigger: if its last one before that end is over in time, so are all.
_LAST = """
            SELECT 1 FROM (SELECT ends FROM airspace WHERE sysid = NEW.sysid AND starts < NEW.ends
            ORDER BY starts DESC LIMIT 1) AS held WHERE held.ends > NEW.starts"""


def upgrade() -> None:
    _put(_LAST)


def downgrade() -> None:
    _put(_ANY)


def _put(held_by_vehicle: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("DROP TRIGGER airspace_exclusive")
    op.execute(_HEAD + held_by_vehicle + _TAIL)
