"""Run by alembic on the connection that rangeops.adapters.store.opening gives."""

from alembic import context
from sqlmodel import SQLModel

from rangeops.adapters.store import tables

assert tables.SlotRow.metadata is SQLModel.metadata  # the import is what fills it

# Each database's own indexes, which no table of ours describes.
_INDEXES = ("airspace_", "ix_audit_happened", "ix_slot_minutes", "slot_minutes")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_name=lambda name, kind, _: kind not in ("table", "index") or not (name or "").startswith(_INDEXES),
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
