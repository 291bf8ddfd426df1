"""Run by alembic on the connection that rangeops.adapters.store.opening gives."""

from alembic import context
from sqlmodel import SQLModel

from rangeops.adapters.store import tables

assert tables.SlotRow.metadata is SQLModel.metadata  # the import is what fills it

_INDEXES = ("airspace_box", "airspace_piece")  # each database's own, which no table of ours describes

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_name=lambda name, kind, _: kind != "table" or not (name or "").startswith(_INDEXES),
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
